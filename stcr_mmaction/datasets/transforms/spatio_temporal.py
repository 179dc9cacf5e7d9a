"""Spatio-Temporal Transformation as a pipeline transform."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...functional import NUM_CODES, parse_code, transform_frames
from .clips import as_frames, check_untransformed, read_clips


@TRANSFORMS.register_module()
class SpatioTemporalTransform(BaseTransform):
    """Flip and rotate each clip by a random one of the 16 transformations.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, an array (num_clips *
    T, H, W, C) of the same dtype. Added key: ``transform_codes``, a list with the
    code of each clip.

    Args:
        codes (Sequence[int]): The codes to draw from, with equal probability; see
            :mod:`stcr_mmaction.functional.spatio_temporal`. Defaults to all 16.

    Raises:
        ValueError: If ``codes`` is empty or holds an unknown code. For a sample: if
            quarter turns may be drawn and the frames are not square, or if the frames
            have been transformed before, or are those of both paths.

    Source: paper §3.2.1, eq. 3.
    """

    def __init__(self, codes: Sequence[int] = range(NUM_CODES)) -> None:
        self.codes = list(codes)
        if not self.codes:
            raise ValueError('codes must hold at least one transformation code')
        turns = [parse_code(code).quarter_turns for code in self.codes]
        self.makes_quarter_turns = any(turn % 2 for turn in turns)

    def draw(self, num_clips: int) -> list[int]:
        """Draw a code for each clip."""
        return np.random.choice(self.codes, size=num_clips).tolist()

    def transform(self, results: dict) -> dict:
        """Draw, apply, and note what was drawn."""
        check_untransformed(results)
        clips = read_clips(results)
        self._check_square(*clips.shape[2:4])
        codes = self.draw(len(clips))
        pairs = zip(clips, codes, strict=True)
        moved = torch.stack([transform_frames(clip, code) for clip, code in pairs])
        return {**results, 'imgs': as_frames(moved), 'transform_codes': codes}

    def _check_square(self, height: int, width: int) -> None:
        """Refuse any sample that a draw could fail on, whatever this draw is."""
        if self.makes_quarter_turns and height != width:
            raise ValueError(
                f'SpatioTemporalTransform makes quarter turns, but frames are {height} '
                f'high and {width} wide: crop to a square before it, or set codes to '
                'some of (0, 2, 4, 6, 8, 10, 12, 14)'
            )

    def __repr__(self) -> str:
        return f'{type(self).__name__}(codes={self.codes})'
