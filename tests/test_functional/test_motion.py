"""The motion of clips on the grid of maps, against a loop and by laws."""

import pytest
import torch

from stcr_mmaction.functional import motion_target, unexplained_share

MAPS, STEPS = (2, 3, 3), (4, 2, 2)


def make_clips():
    generator = torch.Generator().manual_seed(0)
    return torch.rand(2, 3, 16, 24, 24, generator=generator)


def test_each_place_has_the_means_of_its_own_cells():
    clips = make_clips()
    target = motion_target(clips, MAPS, STEPS)
    assert target.shape == (2, 16, *MAPS)
    gray = clips.mean(dim=1)
    moving = gray - gray.mean(dim=1, keepdim=True)
    for t, y, x in ((0, 0, 0), (1, 2, 0), (0, 1, 2)):
        place = moving[:, 8 * t : 8 * t + 8, 8 * y : 8 * y + 8, 8 * x : 8 * x + 8]
        cells = [
            place[:, 2 * i : 2 * i + 2, 4 * j : 4 * j + 4, 4 * k : 4 * k + 4]
            for i in range(4)
            for j in range(2)
            for k in range(2)
        ]
        means = torch.stack([cell.mean(dim=(1, 2, 3)) for cell in cells], dim=1)
        torch.testing.assert_close(target[:, :, t, y, x], means)


def test_a_still_changes_nothing():
    clips = make_clips()
    still = torch.rand(2, 3, 1, 24, 24)
    target = motion_target(clips, MAPS, STEPS)
    torch.testing.assert_close(motion_target(clips + still, MAPS, STEPS), target)
    none = motion_target(still.expand_as(clips), MAPS, STEPS)
    torch.testing.assert_close(none, torch.zeros_like(none))


def test_a_reversed_clip_has_the_reversed_motion():
    clips = make_clips()
    target = motion_target(clips, MAPS, STEPS).unflatten(1, STEPS)
    backwards = motion_target(clips.flip(2), MAPS, STEPS).unflatten(1, STEPS)
    torch.testing.assert_close(backwards, target.flip(1, 4))


def test_the_share_is_0_of_what_is_known_and_1_of_what_is_not():
    target = motion_target(make_clips(), MAPS, STEPS)
    scale = target.square().mean().sqrt()
    assert unexplained_share(target / scale, target) == pytest.approx(0, abs=1e-10)
    assert unexplained_share(torch.zeros_like(target), target) == pytest.approx(1)
    half = unexplained_share(target / scale / 2, target)
    assert half == pytest.approx(0.25)
    assert unexplained_share(target / scale / 2, 9 * target) == pytest.approx(0.25)


def test_clips_that_stand_still_give_no_nan():
    still = torch.zeros(2, 16, *MAPS)
    assert unexplained_share(torch.ones_like(still), still) == 1
