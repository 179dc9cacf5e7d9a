"""Spatio-Temporal Transformation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmaction.registry import TRANSFORMS

from ...functional import NUM_CODES, ClipGrid, RandomNumbers, move_grid, parse_code
from .augmentation import Drawn, GeometricAugmentation, Shape


@TRANSFORMS.register_module()
class SpatioTemporalTransform(GeometricAugmentation):
    """Flip and rotate each clip by one of 16 random transformations.

    Keys as in :class:`ClipAugmentation`. Added key: ``transform_codes``, a list with the
    code of each clip.

    Args:
        codes (Sequence[int]): Transformation codes to draw from, with equal probability;
            see :mod:`stcr_mmaction.functional.spatio_temporal`. Defaults to all 16.

    Raises:
        ValueError: If ``codes`` is empty or holds an unknown code. For a clip: if
            quarter turns may be drawn and its frames are not square, or if it has been
            transformed before.

    Examples:
        >>> frames = np.random.rand(16, 8, 8, 3)
        >>> half_turn = SpatioTemporalTransform(codes=[2])(dict(imgs=frames, num_clips=1))
        >>> half_turn['transform_codes']
        [2]
        >>> np.array_equal(half_turn['imgs'], np.rot90(frames, 2, axes=(1, 2)))
        True

    Source: paper §3.2.1, eq. 3.
    """

    noted = ('transform_codes',)
    noise_path_only = 'the clean path is the reference that the inverse is aligned with'

    def __init__(self, codes: Sequence[int] = range(NUM_CODES)) -> None:
        self.codes = np.array(list(codes))
        if not len(self.codes):
            raise ValueError('codes must hold at least one transformation code')
        turns = [parse_code(code).quarter_turns for code in self.codes.tolist()]
        self.makes_quarter_turns = any(turn % 2 for turn in turns)

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw a code for each clip."""
        places = (random.of_clips() * len(self.codes)).astype(int)
        return dict(codes=torch.from_numpy(self.codes[places]))

    def move(self, grid: ClipGrid, drawn: Drawn) -> ClipGrid:
        """Flip, then rotate."""
        return move_grid(grid, drawn['codes'].numpy())

    def note(self, drawn: Drawn) -> dict[str, list]:
        """Note the codes."""
        return dict(transform_codes=drawn['codes'].tolist())

    def output_shape(self, shape: Shape) -> Shape:
        """Raise an error if any of the codes could fail on this shape."""
        *_, height, width = shape
        if self.makes_quarter_turns and height != width:
            raise ValueError(
                f'SpatioTemporalTransform makes quarter turns, but frames are {height} '
                f'high and {width} wide: crop to a square before it (RandomClipCrop), or '
                'set codes to some of (0, 2, 4, 6, 8, 10, 12, 14)'
            )
        return shape

    def __repr__(self) -> str:
        return f'{type(self).__name__}(codes={self.codes.tolist()})'
