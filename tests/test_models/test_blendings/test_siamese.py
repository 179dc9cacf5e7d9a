"""Both paths made of a batch, against the transforms that make them of a sample."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmcv.transforms import Compose

from stcr_mmaction.datasets.transforms import IntraVideoMixup, SpatioTemporalTransform
from stcr_mmaction.functional import parse_code

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
NUM_CLIPS, LENGTH, HEIGHT, WIDTH, SIZE = 2, 4, 12, 14, 8


def build(**options):
    return MODELS.build(dict(type='SiameseBlending', **options))


def make_samples(count, **metainfo):
    return [ActionDataSample(metainfo=metainfo) for _ in range(count)]


def preprocess(clips, samples, blending=None, training=True, format_shape='NCTHW'):
    preprocessor = MODELS.build(
        dict(
            type='ActionDataPreprocessor',
            mean=MEAN,
            std=STD,
            format_shape=format_shape,
            blending=blending,
        )
    )
    data = dict(inputs=list(clips), data_samples=samples)
    given = preprocessor(data, training=training)
    return given['inputs'], given['data_samples']


def random_clips(count):
    shape = count, NUM_CLIPS, 3, LENGTH, HEIGHT, WIDTH
    return torch.randint(256, shape, dtype=torch.uint8)


def crop(frames, corner):
    top, left = corner
    return [frame[top : top + SIZE, left : left + SIZE] for frame in frames]


def run_pipeline(clips, drawn, monkeypatch):
    """Make both paths (2 * num_clips, C, T, H, W) of a sample by our transforms."""
    monkeypatch.setattr(SpatioTemporalTransform, 'draw', lambda *_: drawn.codes)
    drawn_mixup = np.array(drawn.frames), np.array(drawn.weights)
    monkeypatch.setattr(IntraVideoMixup, 'draw', lambda *_: drawn_mixup)
    noise = [dict(type='SpatioTemporalTransform')]
    noise += [dict(type='IntraVideoMixup')] if drawn.weights else []

    def crop_at(corner):
        return lambda results: {**results, 'imgs': crop(results['imgs'], corner)}

    paths = dict(
        type='SiamesePaths',
        clean=[crop_at(drawn.clean_corner)],
        noise=[crop_at(drawn.noise_corner), *noise],
    )
    steps = [paths, dict(type='FormatShape', input_format='NCTHW')]
    pipeline = Compose([TRANSFORMS.build(step) for step in steps])
    frames = clips.permute(0, 2, 3, 4, 1).flatten(0, 1).numpy()
    return torch.from_numpy(
        pipeline(dict(imgs=list(frames), num_clips=NUM_CLIPS, clip_len=LENGTH))['imgs']
    )


@pytest.mark.parametrize('alpha', [None, 0.5])
def test_from_the_same_draws_it_gives_what_the_pipeline_gives(alpha, monkeypatch):
    """Exactly, but for mixed pixels, which the pipeline rounds: by half a grey level."""
    blending, clips = build(size=SIZE, alpha=alpha), random_clips(8)
    drawn = [blending.draw(*clips.shape[1:]) for _ in clips]
    pairs = zip(clips, drawn, strict=True)
    expected = torch.stack([run_pipeline(c, d, monkeypatch) for c, d in pairs])
    expected, _ = preprocess(expected, make_samples(8))
    made = blending.apply(preprocess(clips, make_samples(8))[0], drawn)
    assert made.shape == expected.shape == (8, 2 * NUM_CLIPS, 3, LENGTH, SIZE, SIZE)
    grey_level = 1 / torch.tensor(STD).view(3, 1, 1, 1)
    off = ((made - expected).abs() / grey_level).unflatten(1, (2, NUM_CLIPS))
    assert off[:, 0].max() < 1e-4
    assert off[:, 1].max() < (0.5 if alpha else 0) + 1e-4


def test_in_the_slot_it_makes_paths_in_training_alone_and_notes_the_draws():
    clips, samples = random_clips(5), make_samples(5, img_shape=(HEIGHT, WIDTH))
    options = dict(type='SiameseBlending', size=SIZE)
    plain, _ = preprocess(clips, samples)
    tested, told = preprocess(clips, samples, options, training=False)
    assert torch.equal(tested, plain)
    assert all(set(sample.metainfo) == {'img_shape'} for sample in told)
    made, told = preprocess(clips, samples, options)
    assert made.shape == (5, 2 * NUM_CLIPS, 3, LENGTH, SIZE, SIZE)
    for sample in told:
        assert sample.metainfo['img_shape'] == (SIZE, SIZE)
        for key in ('transform_codes', 'mixup_frames', 'mixup_weights'):
            assert len(sample.metainfo[key]) == NUM_CLIPS


def test_a_batch_is_its_samples_one_after_the_other():
    clips, blending = torch.rand(6, NUM_CLIPS, 3, LENGTH, HEIGHT, WIDTH), build(size=SIZE)
    samples, alone = make_samples(6), make_samples(6)
    torch.manual_seed(1)
    made, _ = blending(clips, samples)
    torch.manual_seed(1)
    one_by_one = [blending(clips[n, None], [alone[n]])[0] for n in range(6)]
    assert torch.equal(made, torch.cat(one_by_one))
    assert [s.metainfo for s in samples] == [s.metainfo for s in alone]
    assert len({str(sample.metainfo) for sample in samples}) == 6


def test_draws_are_spread_over_all_that_may_be_drawn():
    drawn = [build(size=SIZE).draw(2, 3, LENGTH, HEIGHT, WIDTH) for _ in range(800)]
    places = {(y, x) for y in range(HEIGHT - SIZE + 1) for x in range(WIDTH - SIZE + 1)}
    assert {d.clean_corner for d in drawn} == {d.noise_corner for d in drawn} == places
    assert any(d.clean_corner != d.noise_corner for d in drawn)
    assert {code for d in drawn for code in d.codes} == set(range(16))
    assert {frame for d in drawn for frame in d.frames} == set(range(LENGTH))
    weights = torch.tensor([d.weights for d in drawn])
    torch.testing.assert_close(weights.mean(), torch.tensor(0.5), atol=0.05, rtol=0)
    torch.testing.assert_close(weights.var(), torch.tensor(1 / 12), atol=0.02, rtol=0)


def test_parts_can_be_left_out():
    clips, samples = torch.rand(3, 1, 3, LENGTH, HEIGHT, WIDTH), make_samples(3)
    made, _ = build(codes=None, alpha=None)(clips, samples)
    assert torch.equal(made, torch.cat([clips, clips], dim=1))
    assert [s.metainfo for s in samples] == [dict(transform_codes=[0])] * 3
    samples = make_samples(50)
    build(codes=(8, 2))(clips[:1].expand(50, -1, -1, -1, -1, -1), samples)
    assert {s.metainfo['transform_codes'][0] for s in samples} == {2, 8}


def test_images_of_a_2d_recognizer_are_the_frames_of_one_clip():
    images, samples = torch.rand(4, LENGTH, 3, SIZE, SIZE), make_samples(4)
    blending = build()
    torch.manual_seed(1)
    made, _ = blending(images, samples)
    torch.manual_seed(1)
    as_clips, _ = blending(images.transpose(1, 2)[:, None], make_samples(4))
    assert made.shape == (4, 2 * LENGTH, 3, SIZE, SIZE)
    expected = torch.cat([as_clips[:, 0], as_clips[:, 1]], dim=2).transpose(1, 2)
    assert torch.equal(made, expected)
    codes = [sample.metainfo['transform_codes'] for sample in samples]
    assert all(len(drawn) == 1 and parse_code(drawn[0]) for drawn in codes)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(codes=[]), 'at least one transformation code'),
        (dict(codes=[16]), 'unknown transformation code 16'),
        (dict(size=0), 'size must be above 0'),
        (dict(alpha=0), 'alpha must be above 0'),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


@pytest.mark.parametrize(
    ('options', 'shape', 'metainfo', 'message'),
    [
        ({}, (1, 1, 3, 4, 8, 6), {}, 'quarter turns, but clips are 8 high and 6 wide'),
        (dict(size=7), (1, 1, 3, 4, 8, 6), {}, 'size=7 from clips 8 high and 6 wide'),
        ({}, (1, 3, 8, 8), {}, 'inputs of 4 axes'),
        ({}, (1, 1, 3, 4, 8, 8), dict(transform_codes=[0]), 'leave out SiamesePaths'),
    ],
)
def test_batches_that_cannot_be(options, shape, metainfo, message):
    with pytest.raises(ValueError, match=message):
        build(**options)(torch.rand(shape), make_samples(1, **metainfo))


def test_clips_that_are_not_square_without_quarter_turns():
    clips = torch.rand(2, 1, 3, 4, 8, 6)
    made, _ = build(codes=(0, 2, 4, 6, 8, 10, 12, 14))(clips, make_samples(2))
    assert made.shape == (2, 2, 3, 4, 8, 6)


@pytest.mark.gpu
def test_the_device_is_not_waited_for_and_gives_the_same():
    blending, clips = build(size=SIZE), torch.rand(4, 1, 3, LENGTH, HEIGHT, WIDTH)
    drawn = [blending.draw(*clips.shape[1:]) for _ in clips]
    on_device = clips.cuda()
    torch.cuda.set_sync_debug_mode('error')
    try:
        made = blending.apply(on_device, drawn)
        blending(on_device, make_samples(4))
    finally:
        torch.cuda.set_sync_debug_mode('default')
    torch.testing.assert_close(made.cpu(), blending.apply(clips, drawn))
