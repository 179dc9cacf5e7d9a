"""Crops, flips and turns as one read, against one after the other."""

import numpy as np
import pytest
import torch

from stcr_mmaction.functional import ClipGrid, sample_clips
from stcr_mmaction.functional.clip_grid import _gather

SHAPE = 4, 7, 7
DTYPES = [torch.uint8, torch.bool, torch.bfloat16, torch.float32, torch.double]


def draw_moves(rng, count, steps=6):
    """Random steps, as (name, argument), after each of which clips are square."""
    size, moves = SHAPE[1], []
    for name in rng.choice(['crop', 'flip', 'transpose'], size=steps):
        if name == 'crop':
            smaller = size - rng.integers(2)
            moves.append(
                (name, (rng.integers(size - smaller + 1, size=(count, 2)), smaller))
            )
            size = smaller
        elif name == 'flip':
            moves.append((name, (rng.random((count, 3)) < 0.5,)))
        else:
            moves.append((name, (rng.random(count) < 0.5,)))
    return moves


def move_clip(clip, n, name, arguments):
    """Do a step to one clip (C, T, H, W)."""
    if name == 'crop':
        (top, left), size = arguments[0][n], arguments[1]
        return clip[..., top : top + size, left : left + size]
    if name == 'flip':
        return clip.flip([axis + 1 for axis in range(3) if arguments[0][n][axis]])
    return clip.transpose(-2, -1) if arguments[0][n] else clip


@pytest.mark.parametrize('seed', range(20))
@pytest.mark.parametrize('read', [sample_clips, _gather])
def test_one_read_is_one_step_after_the_other(seed, read):
    rng, clips = np.random.default_rng(seed), torch.rand(5, 2, *SHAPE)
    grid, expected = ClipGrid.of_whole_clips(5, SHAPE), list(clips)
    for name, arguments in draw_moves(rng, 5):
        grid = getattr(grid, name)(*arguments)
        expected = [move_clip(c, n, name, arguments) for n, c in enumerate(expected)]
    assert torch.equal(read(clips, grid), torch.stack(expected))


@pytest.mark.parametrize('dtype', DTYPES)
def test_the_bits_are_moved_whatever_they_mean(dtype):
    clips = (torch.rand(3, 2, *SHAPE) * 2).to(dtype)
    grid = ClipGrid.of_whole_clips(3, SHAPE).flip(np.ones((3, 3), bool))
    for read in (sample_clips, _gather):
        assert torch.equal(read(clips, grid), clips.flip(2, 3, 4))


def test_a_gather_has_its_channels_last():
    made = _gather(torch.rand(3, 2, *SHAPE), ClipGrid.of_whole_clips(3, SHAPE))
    assert made.is_contiguous(memory_format=torch.channels_last_3d)
