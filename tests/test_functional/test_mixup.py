"""Mixup and its variants against loops over clips and frames."""

import numpy as np
import pytest
import torch

from stcr_mmaction.functional import (
    inter_video_mixup,
    intra_video_mixup,
    spatial_noise,
    video_cutmix,
    video_mixup,
)

SHAPE = (3, 2, 4, 5, 6)  # N, C, T, H, W
FRAMES = torch.tensor([0, 3, 2])
WEIGHTS = torch.tensor([0.0, 0.3, 1.0])


@pytest.fixture
def videos():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, *SHAPE, generator=generator, dtype=torch.double)


def loop_mixup(clips, stills):
    """(1 - λ) x_j + λ x_k, frame by frame; stills[n] gives the frame for time j."""
    mixed = clips.numpy().copy()
    for n, weight in enumerate(WEIGHTS.double().numpy()):
        for j in range(clips.shape[2]):
            frame = clips[n, :, j].numpy()
            mixed[n, :, j] = (1 - weight) * frame + weight * stills(n, j).numpy()
    return torch.from_numpy(mixed)


def test_intra_video_mixup_is_equation_4(videos):
    clips = videos[0]
    expected = loop_mixup(clips, lambda n, j: clips[n, :, FRAMES[n]])
    torch.testing.assert_close(intra_video_mixup(clips, FRAMES, WEIGHTS), expected)


def test_inter_video_mixup_takes_the_frame_of_the_other_video(videos):
    clips, others = videos
    expected = loop_mixup(clips, lambda n, j: others[n, :, FRAMES[n]])
    torch.testing.assert_close(
        inter_video_mixup(clips, others, FRAMES, WEIGHTS), expected
    )


def test_video_mixup_goes_frame_by_frame(videos):
    clips, others = videos
    expected = loop_mixup(clips, lambda n, j: others[n, :, j])
    torch.testing.assert_close(video_mixup(clips, others, WEIGHTS), expected)


def test_intra_video_mixup_scales_motion_and_keeps_its_pattern(videos):
    clips = videos[0]
    motion = clips.diff(dim=2)
    scale = (1 - WEIGHTS.double()).view(-1, 1, 1, 1, 1)
    mixed = intra_video_mixup(clips, FRAMES, WEIGHTS)
    torch.testing.assert_close(mixed.diff(dim=2), scale * motion)


def test_a_still_video_stays_as_it_is():
    still = torch.rand(3, 2, 1, 5, 6).expand(-1, -1, 4, -1, -1)
    torch.testing.assert_close(intra_video_mixup(still, FRAMES, WEIGHTS), still)


def test_integers_are_rounded_to_the_nearest():
    generator = torch.Generator().manual_seed(0)
    clips = torch.randint(0, 256, SHAPE, generator=generator, dtype=torch.uint8)
    mixed = intra_video_mixup(clips, FRAMES, WEIGHTS)
    exact = loop_mixup(clips.double(), lambda n, j: clips[n, :, FRAMES[n]].double())
    assert mixed.dtype == torch.uint8
    assert (mixed.double() - exact).abs().max() <= 0.5 + 1e-4
    assert torch.equal(mixed[0], clips[0])  # λ = 0


def test_mixup_of_a_batch_is_differentiable():
    clips = torch.rand(2, 1, 3, 2, 2, dtype=torch.double, requires_grad=True)
    frames, weights = torch.tensor([2, 0]), torch.tensor([0.2, 0.7])
    assert torch.autograd.gradcheck(
        lambda x: intra_video_mixup(x, frames, weights), clips
    )


def test_cutmix_pastes_the_region_of_each_frame(videos):
    clips, others = videos
    generator = np.random.default_rng(0)
    boxes = torch.from_numpy(generator.integers(0, 6, (3, 4, 4)))
    expected = clips.clone()
    for n in range(3):
        for t in range(4):
            top, left, bottom, right = boxes[n, t]
            patch = others[n, :, t, top:bottom, left:right]
            expected[n, :, t, top:bottom, left:right] = patch
    assert torch.equal(video_cutmix(clips, others, boxes), expected)


def test_noise_is_one_image_for_all_frames(videos):
    clips, noise = videos[0], torch.randn(3, 2, 5, 6, dtype=torch.double)
    noisy = spatial_noise(clips, noise)
    torch.testing.assert_close(noisy - clips, noise.unsqueeze(2).expand_as(clips))


def test_noise_keeps_integers_in_their_range():
    clips = torch.tensor([0, 10, 250], dtype=torch.uint8).view(3, 1, 1, 1, 1)
    noise = torch.tensor([-3.0, 0.6, 99.0]).view(3, 1, 1, 1)
    assert spatial_noise(clips, noise).flatten().tolist() == [0, 11, 255]


def test_one_parameter_a_clip(videos):
    with pytest.raises(ValueError, match='weight must hold one value .* 3 clips'):
        intra_video_mixup(videos[0], FRAMES, WEIGHTS[:2])
    with pytest.raises(ValueError, match='frame_index must hold one value'):
        intra_video_mixup(videos[0], FRAMES[:1], WEIGHTS)
    with pytest.raises(ValueError, match=r'boxes must be \(N, T, 4\)'):
        video_cutmix(*videos, torch.zeros(3, 4))


def test_a_frame_that_is_not_in_the_clip(videos):
    with pytest.raises(IndexError):
        intra_video_mixup(videos[0], torch.tensor([0, 4, 0]), WEIGHTS)
