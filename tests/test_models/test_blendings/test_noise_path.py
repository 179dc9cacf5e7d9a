"""Blending the noise path with other videos of the batch."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from stcr_mmaction.models.blendings.noise_path import draw_partners

TYPES = ['VideoMixup', 'InterVideoMixup', 'VideoCutMix']


@pytest.mark.parametrize('count', [2, 3, 8])
def test_each_video_gets_another_one_and_each_is_used_once(count):
    for seed in range(10):
        torch.manual_seed(seed)
        partners = draw_partners(count).tolist()
        assert sorted(partners) == list(range(count))
        assert all(partner != n for n, partner in enumerate(partners))


@pytest.mark.parametrize('blending', TYPES)
def test_clean_clips_stay_and_noise_clips_take_in_another_video(blending):
    # Each video is one colour, so what is mixed in can be read off.
    videos = torch.tensor([0.0, 1.0, 10.0]).view(3, 1, 1, 1, 1, 1)
    inputs = videos.expand(3, 4, 2, 5, 8, 8).contiguous()
    mixed, _ = MODELS.build(dict(type=blending))(inputs, [])
    assert torch.equal(mixed[:, :2], inputs[:, :2])
    noise = mixed[:, 2:]
    assert noise.shape == (3, 2, 2, 5, 8, 8)
    assert (noise >= 0).all() and (noise <= 10).all()
    assert (noise != inputs[:, 2:]).flatten(1).any(dim=1).all()


def test_cutmix_pastes_whole_pixels_of_one_other_video():
    videos = torch.tensor([0.0, 1.0, 2.0]).view(3, 1, 1, 1, 1, 1)
    inputs = videos.expand(3, 2, 3, 6, 16, 16).contiguous()
    mixed, _ = MODELS.build(dict(type='VideoCutMix'))(inputs, [])
    for n in range(3):
        colours = set(mixed[n, 1].unique().tolist())
        assert len(colours) <= 2
        assert colours <= {0.0, 1.0, 2.0}


def test_cutmix_regions_lie_in_the_frame_and_cover_a_share_of_it():
    boxes = MODELS.build(dict(type='VideoCutMix')).draw_boxes(500, 4, 20, 30)
    top, left, bottom, right = boxes.unbind(-1)
    assert boxes.shape == (500, 4, 4)
    assert (top >= 0).all() and (left >= 0).all()
    assert (bottom <= 20).all() and (right <= 30).all()
    assert (top <= bottom).all() and (left <= right).all()
    assert ((top[:, 0] != top[:, 1]).float().mean()) > 0.5  # drawn for each frame


@pytest.mark.parametrize('share', [0.05, 0.3, 0.8])
def test_cutmix_regions_that_are_not_cut_off_cover_the_share_that_is_drawn(
    share, monkeypatch
):
    cutmix = MODELS.build(dict(type='VideoCutMix'))
    monkeypatch.setattr(cutmix, 'draw_weights', lambda n: torch.full((n,), share))
    boxes = cutmix.draw_boxes(2000, 4, 200, 300)
    inside = (boxes[..., :2] > 0) & (boxes[..., 2:] < torch.tensor([200, 300]))
    corners = boxes[inside.all(dim=-1)].unflatten(-1, (2, 2))
    assert len(corners) > 50
    sides = (corners[:, 1] - corners[:, 0]) / torch.tensor([200, 300])
    assert (sides - share**0.5).abs().max() <= 1 / 200  # rounded to whole pixels


@pytest.mark.parametrize('blending', TYPES)
def test_in_the_slot_of_the_stock_preprocessor_in_training_alone(blending):
    config = dict(
        type='ActionDataPreprocessor',
        mean=[0.0, 0, 0],
        std=[255.0, 255, 255],
        format_shape='NCTHW',
        blending=dict(type=blending),
    )
    preprocessor = MODELS.build(config)
    clips = torch.randint(0, 256, (2, 2, 3, 4, 8, 8), dtype=torch.uint8)
    data = dict(inputs=list(clips), data_samples=[ActionDataSample()] * 2)
    plain = preprocessor(dict(data), training=False)['inputs']
    blended = preprocessor(dict(data), training=True)['inputs']
    torch.testing.assert_close(plain, clips / 255)
    assert torch.equal(blended[:, 0], plain[:, 0])
    assert not torch.equal(blended[:, 1], plain[:, 1])


@pytest.mark.parametrize(
    'shape', [(1, 2, 3, 4, 8, 8), (2, 3, 3, 4, 8, 8), (2, 8, 3, 8, 8)]
)
def test_one_video_or_odd_views_or_images(shape):
    with pytest.raises(ValueError, match='VideoMixup needs two videos or more'):
        MODELS.build(dict(type='VideoMixup'))(torch.rand(shape), [])


def test_alpha_must_be_positive():
    with pytest.raises(ValueError, match='alpha must be above 0'):
        MODELS.build(dict(type='VideoMixup', alpha=0))


@pytest.mark.gpu
@pytest.mark.parametrize('blending', TYPES)
def test_the_device_is_not_waited_for(blending):
    build, inputs = MODELS.build(dict(type=blending)), torch.rand(4, 2, 3, 8, 16, 16)
    on_device = inputs.cuda()
    torch.cuda.set_sync_debug_mode('error')
    try:
        blended, _ = build(on_device, [])
    finally:
        torch.cuda.set_sync_debug_mode('default')
    assert torch.equal(blended[:, 0].cpu(), inputs[:, 0])
