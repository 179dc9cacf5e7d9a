"""Augmentations of the noise path with other videos of the batch."""

import numpy as np
import pytest
import torch

from stcr_mmaction.datasets import InterVideoMixup, VideoCutMix, VideoMixup
from stcr_mmaction.functional import PixelScale, RandomNumbers

KINDS = [VideoMixup, InterVideoMixup, VideoCutMix]


def draw(augmentation, count, *shape, num_clips=1, seed=0):
    seeds = np.random.default_rng(seed).integers(2**63, size=count // num_clips)
    return augmentation.draw(RandomNumbers(seeds, num_clips), shape)


def augment(augmentation, clips, **options):
    drawn = draw(augmentation, *clips.shape, **options)
    return augmentation.apply(clips, drawn, PixelScale()), drawn


def one_color_videos(*colors, shape=(2, 5, 8, 8)):
    """Each video is one color, so what is mixed in can be read off."""
    return torch.tensor(colors).view(-1, 1, 1, 1, 1).expand(-1, *shape).contiguous()


@pytest.mark.parametrize('count', [2, 3, 8])
@pytest.mark.parametrize('num_clips', [1, 3])
def test_each_video_gets_another_one_and_each_is_used_once(count, num_clips):
    shape = count * num_clips, 2, 3, 4, 4
    for seed in range(10):
        drawn = draw(VideoMixup(), *shape, num_clips=num_clips, seed=seed)
        partners = drawn['partners'].view(count, num_clips)
        assert sorted(partners.flatten().tolist()) == list(range(count * num_clips))
        assert (partners % num_clips == torch.arange(num_clips)).all()
        own = torch.arange(count)[:, None]
        assert (partners // num_clips != own).all()


@pytest.mark.parametrize('kind', KINDS)
def test_clips_take_in_another_video(kind):
    clips = one_color_videos(0.0, 1.0, 10.0)
    mixed, _ = augment(kind(), clips)
    assert mixed.shape == clips.shape
    assert (mixed >= 0).all() and (mixed <= 10).all()
    assert (mixed != clips).flatten(1).any(dim=1).all()


def test_cutmix_pastes_whole_pixels_of_one_other_video():
    mixed, drawn = augment(VideoCutMix(), one_color_videos(0, 1, 2, shape=(3, 6, 16, 16)))
    for n, partner in enumerate(drawn['partners'].tolist()):
        assert set(mixed[n].unique().tolist()) <= {n, partner}


def test_cutmix_regions_lie_in_the_frame_and_cover_a_share_of_it():
    drawn = draw(VideoCutMix(), 500, 1, 4, 20, 30)
    top, left, bottom, right = drawn['boxes'].unbind(-1)
    assert drawn['boxes'].shape == (500, 4, 4)
    assert (top >= 0).all() and (left >= 0).all()
    assert (bottom <= 20).all() and (right <= 30).all()
    assert (top <= bottom).all() and (left <= right).all()
    assert (top[:, 0] != top[:, 1]).float().mean() > 0.5  # drawn for each frame


@pytest.mark.parametrize('share', [0.05, 0.3, 0.8])
def test_cutmix_regions_that_are_not_cut_off_cover_the_share_that_is_drawn(
    share, monkeypatch
):
    monkeypatch.setattr(
        'stcr_mmaction.datasets.transforms.other_video.draw_weights',
        lambda random, alpha: torch.full((len(random.seeds),), share),
    )
    drawn = draw(VideoCutMix(), 3000, 1, 1, 400, 600)
    top, left, bottom, right = drawn['boxes'][:, 0].unbind(-1)
    whole = (top > 0) & (left > 0) & (bottom < 400) & (right < 600)
    areas = ((bottom - top) * (right - left))[whole] / (400 * 600)
    assert len(areas) > 10
    torch.testing.assert_close(areas, torch.full_like(areas, share), atol=0.01, rtol=0)


@pytest.mark.parametrize('kind', KINDS)
def test_one_video_has_no_other(kind):
    with pytest.raises(ValueError, match=f'{kind.__name__} needs another video'):
        augment(kind(), torch.rand(3, 2, 4, 8, 8), num_clips=3)


@pytest.mark.parametrize('kind', KINDS)
def test_bad_options(kind):
    with pytest.raises(ValueError, match='alpha must be above 0'):
        kind(alpha=0)
