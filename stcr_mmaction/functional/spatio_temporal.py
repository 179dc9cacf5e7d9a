"""The 16 Spatio-Temporal Transformations T of the paper, and their inverses.

A code is ``8 * temporal_flip + 4 * left_right_flip + quarter_turns``. Flips come
first, then the rotation, ``torch.rot90(x, quarter_turns, dims=(-2, -1))``:
T(x) = Rot(Flip(x)) (paper §3.2.1, eq. 3). The temporal flip is the highest bit, so codes
c and c + 8 differ only by it, like the columns of the paper's figure 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .clip_grid import ClipGrid, sample_clips

NUM_CODES = 16
"""Number of transformations: 4 flips times 4 rotations."""


class Transformation(NamedTuple):
    """The parts of a transformation code."""

    temporal_flip: bool
    left_right_flip: bool
    quarter_turns: int


def parse_code(code: int) -> Transformation:
    """Read a transformation code.

    Args:
        code (int): 0 to 15, ``8 * temporal_flip + 4 * left_right_flip +
            quarter_turns``.

    Returns:
        Transformation: The flips and the number of quarter turns, 0 to 3.

    Raises:
        ValueError: If ``code`` is not an integer from 0 to 15.
    """
    if not (isinstance(code, int) and 0 <= code < NUM_CODES):
        raise ValueError(
            f'unknown transformation code {code!r}: codes are the integers 0 to '
            f'{NUM_CODES - 1} (8 * temporal_flip + 4 * left_right_flip + quarter_turns)'
        )
    return Transformation(bool(code & 8), bool(code & 4), code & 3)


def transform_clips(clips: Tensor, codes: Sequence[int] | Tensor) -> Tensor:
    """Transform each clip of a batch by its own code.

    Args:
        clips (Tensor): (N, C, T, H, W), any dtype and device. Differentiable.
        codes (Sequence[int] | Tensor): One code, 0 to 15, for each of the N clips. Keep a
            tensor of codes on the CPU; otherwise this waits for the device.

    Returns:
        Tensor: (N, C, T, H, W), the transformed clips, in new memory.

    Raises:
        ValueError: If a code is unknown, if there is not one code for each clip, or if a
            code turns clips by a quarter that are not square.

    Examples:
        >>> clip = torch.tensor([[1, 2], [3, 4]]).view(1, 1, 1, 2, 2)
        >>> transform_clips(clip, [1]).tolist()  # a quarter turn
        [[[[[2, 4], [1, 3]]]]]

    Source: paper §3.2.1, eq. 3.
    """
    codes = _as_codes(codes, len(clips))
    _check_square(clips, codes)
    return _Permute.apply(clips, codes, False)


def invert_clips(clips: Tensor, codes: Sequence[int] | Tensor) -> Tensor:
    """Undo :func:`transform_clips` exactly.

    Args:
        clips (Tensor): (N, C, T, H, W), transformed clips or their feature maps.
        codes (Sequence[int] | Tensor): The N transformation codes.

    Returns:
        Tensor: (N, C, T, H, W), in new memory.

    Raises:
        ValueError: As :func:`transform_clips`.

    Examples:
        >>> clips, codes = torch.rand(2, 3, 4, 8, 8), [5, 11]
        >>> torch.equal(invert_clips(transform_clips(clips, codes), codes), clips)
        True

    Source: paper §3.3, T^-1 of eq. 5.
    """
    codes = _as_codes(codes, len(clips))
    _check_square(clips, codes)
    return _Permute.apply(clips, codes, True)


def unflip_time(features: Tensor, codes: Sequence[int] | Tensor) -> Tensor:
    """Undo only the temporal flip: T^-1 for features without spatial axes.

    Spatial max and mean pooling do not depend on positions in space. So
    ``pool(invert_clips(maps, codes)) == unflip_time(pool(maps), codes)``, and feature
    maps need not be moved.

    Args:
        features (Tensor): (N, C, T).
        codes (Sequence[int] | Tensor): The N codes of the clips.

    Returns:
        Tensor: (N, C, T).
    """
    codes = _as_codes(codes, len(features))
    flipped = torch.tensor([parse_code(code).temporal_flip for code in codes])
    flipped = flipped.to(features.device, non_blocking=True)
    return torch.where(flipped[:, None, None], features.flip(-1), features)


def move_grid(grid: ClipGrid, codes: np.ndarray) -> ClipGrid:
    """Transform the clips of a grid by valid codes, (N,), int64."""
    flips, transposed = _FLIPS[codes], _TRANSPOSED[codes]
    return grid.flip(flips).transpose(transposed)


class _Permute(torch.autograd.Function):
    """T permutes elements, so its gradient is T^-1, and vice versa."""

    @staticmethod
    def forward(ctx, clips: Tensor, codes: list[int], inverse: bool) -> Tensor:  # noqa: ANN001
        ctx.codes, ctx.inverse = codes, inverse
        grid = ClipGrid.of_whole_clips(len(clips), clips.shape[2:])
        if inverse:
            flips, transposed = _FLIPS[codes], _TRANSPOSED[codes]
            return sample_clips(clips, grid.transpose(transposed).flip(flips))
        return sample_clips(clips, move_grid(grid, codes))

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None]:  # noqa: ANN001
        return _Permute.apply(grad, ctx.codes, not ctx.inverse), None, None


def _as_flips_and_transposition(code: int) -> tuple[list[bool], bool]:
    """Write T as flips of the axes (T, H, W), then perhaps a transposition of H and W.

    A quarter turn is a flip of W and a transposition; two turns are a flip of H and W,
    three a flip of H and a transposition. A flip of W that is already there cancels.
    """
    temporal, left_right, turns = parse_code(code)
    flips = [temporal, turns in (2, 3), left_right != (turns in (1, 2))]
    return flips, turns % 2 == 1


_WRITTEN = [_as_flips_and_transposition(code) for code in range(NUM_CODES)]
_FLIPS, _TRANSPOSED = map(np.array, zip(*_WRITTEN, strict=True))


def _as_codes(codes: Sequence[int] | Tensor, count: int) -> list[int]:
    codes = codes.tolist() if isinstance(codes, Tensor) else list(codes)
    if len(codes) != count:
        raise ValueError(
            f'{len(codes)} transformation codes for a batch of {count} clips: '
            'give one code a clip'
        )
    return codes


def _check_square(clips: Tensor, codes: Sequence[int]) -> None:
    height, width = clips.shape[-2:]
    turning = [code for code in codes if parse_code(code).quarter_turns % 2]
    if height != width and turning:
        raise ValueError(
            f'transformation code {turning[0]} turns a clip by a quarter, but its frames '
            f'are {height} high and {width} wide: crop to a square, or draw from codes '
            'without quarter turns (0, 2, 4, 6, 8, 10, 12, 14)'
        )
