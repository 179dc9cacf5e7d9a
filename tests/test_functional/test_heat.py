"""Heat of maps that are known, and the pixels that move."""

import pytest
import torch

from stcr_mmaction.functional import heat_maps, heat_on_motion, moving_pixels


def test_heat_is_the_mean_of_the_maxima_over_time():
    maps = torch.rand(2, 3, 4, 5, 6)
    expected = torch.stack(
        [sum(c.max(dim=0).values for c in clip) / 3 for clip in maps]  # (H', W')
    )
    low = expected.amin((1, 2), keepdim=True)
    expected = (expected - low) / (expected.amax((1, 2), keepdim=True) - low)
    torch.testing.assert_close(heat_maps(maps, (5, 6)), expected)


def test_a_hot_place_stays_where_it_is_when_enlarged():
    maps = torch.zeros(1, 2, 3, 4, 4)
    maps[0, :, 1, 3, 0] = 5
    heat = heat_maps(maps, (32, 32))[0]
    assert heat.shape == (32, 32)
    assert heat[28:, :4].min() == 1  # the corner, below on the left
    assert heat[:16].max() == 0


def test_no_difference_is_no_heat():
    assert (heat_maps(torch.full((1, 2, 3, 4, 4), 7.0), (8, 8)) == 0).all()


def test_only_pixels_that_change_by_more_move():
    clips = torch.full((1, 3, 4, 5, 5), 100.0)
    clips[0, :, 2, 1, 2] += 9  # there and back
    clips[0, :, 3, 4, 4] -= 7
    clips[0, 0, 1, 0, 0] += 20  # 20 / 3 in the mean over channels
    moving = moving_pixels(clips, threshold=8)
    assert moving.nonzero().tolist() == [[0, 1, 2]]


def test_pixels_of_eight_bits_do_not_wrap_around():
    clips = torch.zeros(1, 3, 2, 2, 2, dtype=torch.uint8)
    clips[0, :, 0] = 255
    assert moving_pixels(clips).all()


def test_share_of_the_heat_on_motion():
    heat = torch.tensor([[[1.0, 3.0], [0.0, 4.0]]])
    moving = torch.tensor([[[True, True], [False, False]]])
    assert heat_on_motion(heat, moving).item() == pytest.approx(0.5)


def test_even_heat_has_the_share_of_the_pixels_that_move():
    moving = torch.rand(3, 8, 8) < 0.3
    shares = heat_on_motion(torch.ones(3, 8, 8), moving)
    torch.testing.assert_close(shares, moving.float().mean((1, 2)))


def test_without_heat_there_is_no_share():
    assert heat_on_motion(torch.zeros(1, 2, 2), torch.ones(1, 2, 2).bool()).isnan().all()
