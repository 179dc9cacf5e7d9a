"""Crops, flips and quarter turns as index arithmetic, applied in one read.

Each operation maps a cell (t, i, j) of the new clip to a cell of the old one. A chain of
operations is still an origin, a step and perhaps a transposition, so each pixel is moved
only once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


class ClipGrid(NamedTuple):
    """Which cell of its source each cell (t, i, j) of N clips shows.

        time    origin[0] + step[0] * t
        row     origin[1] + step[1] * (j if transposed else i)
        column  origin[2] + step[2] * (i if transposed else j)

    Attributes:
        shape (tuple[int, int, int]): (T, H, W) of the clips.
        origin (np.ndarray): (N, 3), int64.
        step (np.ndarray): (N, 3), int64, 1 or -1.
        transposed (np.ndarray): (N,), bool.
    """

    shape: tuple[int, int, int]
    origin: np.ndarray
    step: np.ndarray
    transposed: np.ndarray

    @classmethod
    def of_whole_clips(cls, count: int, shape: tuple[int, int, int]) -> ClipGrid:
        """Return the grid of ``count`` unchanged clips of shape (T, H, W)."""
        origin, step = np.zeros((count, 3), np.int64), np.ones((count, 3), np.int64)
        return cls(tuple(shape), origin, step, np.zeros(count, bool))

    def crop(self, corners: np.ndarray, size: int) -> ClipGrid:
        """Crop a square from each clip: corners (N, 2), top and left, int64."""
        corners = np.concatenate([np.zeros_like(corners[:, :1]), corners], axis=1)
        origin = self.origin + self.step * self._in_source(corners)
        shape = self.shape[0], size, size
        return ClipGrid(shape, origin, self.step, self.transposed)

    def flip(self, axes: np.ndarray) -> ClipGrid:
        """Flip axes (t, i, j) of clips: (N, 3), bool."""
        last = self._in_source(axes * (np.array(self.shape) - 1))
        step = np.where(self._in_source(axes), -self.step, self.step)
        origin = self.origin + self.step * last
        return ClipGrid(self.shape, origin, step, self.transposed)

    def transpose(self, chosen: np.ndarray) -> ClipGrid:
        """Transpose the frames of the chosen clips, (N,), bool, which must be square."""
        return ClipGrid(self.shape, self.origin, self.step, self.transposed ^ chosen)

    def _in_source(self, values: np.ndarray) -> np.ndarray:
        """Reorder values of the axes (t, i, j), (N, 3), to the axes of the source."""
        return np.where(self.transposed[:, None], values[:, [0, 2, 1]], values)


def sample_clips(clips: Tensor, grid: ClipGrid) -> Tensor:
    """Read each clip at the cells of a grid.

    On a CPU this is a strided copy of each clip, otherwise one gather of all clips. It
    does not wait for the device.

    Args:
        clips (Tensor): (N, C, T', H', W'), any dtype and device.
        grid (ClipGrid): Grid of N clips (T, H, W), within the source.

    Returns:
        Tensor: (N, C, T, H, W), in new memory: contiguous on a CPU, otherwise channels
        last, which is faster for convolutions.

    Examples:
        >>> clip = torch.arange(16).view(1, 1, 1, 4, 4)
        >>> grid = ClipGrid.of_whole_clips(1, (1, 4, 4)).crop(np.array([[0, 1]]), size=2)
        >>> sample_clips(clip, grid).tolist()
        [[[[[1, 2], [5, 6]]]]]
        >>> sample_clips(clip, grid.flip(np.array([[False, False, True]]))).tolist()
        [[[[[2, 1], [6, 5]]]]]
    """
    if clips.device.type == 'cpu' and not torch.compiler.is_compiling():
        return _copy(clips, grid)
    return _gather(clips, grid)


def _copy(clips: Tensor, grid: ClipGrid) -> Tensor:
    # NumPy has negative strides, but lacks some dtypes: move the raw bits.
    bits = clips.detach().view(INTEGERS[clips.element_size()]).numpy()
    copies = np.empty((*bits.shape[:2], *grid.shape), bits.dtype)
    numbers = (part.tolist() for part in (grid.origin, grid.step, grid.transposed))
    for source, target, origin, step, transposed in zip(
        bits, copies, *numbers, strict=True
    ):
        if transposed:
            target = target.swapaxes(-2, -1)
        places = map(_places, origin, step, target.shape[1:])
        np.copyto(target, source[(slice(None), *places)])
    return torch.from_numpy(copies).view(clips.dtype)


def _places(origin: int, step: int, length: int) -> slice:
    stop = origin + step * length
    return slice(origin, None if stop < 0 else stop, step)


def _gather(clips: Tensor, grid: ClipGrid) -> Tensor:
    numbers = np.concatenate([grid.origin, grid.step, grid.transposed[:, None]], axis=1)
    numbers = torch.from_numpy(numbers).to(clips.device, non_blocking=True)
    origin, step, transposed = numbers.view(-1, 7, 1, 1, 1).split((3, 3, 1), dim=1)
    time, rows, columns = (
        torch.arange(length, device=clips.device) for length in grid.shape
    )
    rows, transposed = rows[:, None], transposed[:, 0].bool()
    first = torch.where(transposed, columns, rows)  # (N, 1, H, W)
    second = torch.where(transposed, rows, columns)
    return clips.permute(0, 2, 3, 4, 1)[
        torch.arange(len(clips), device=clips.device).view(-1, 1, 1, 1),
        origin[:, 0] + step[:, 0] * time[:, None, None],
        origin[:, 1] + step[:, 1] * first,
        origin[:, 2] + step[:, 2] * second,
    ].permute(0, 4, 1, 2, 3)
