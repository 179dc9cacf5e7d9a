"""Augmentations of appearance, which leave only motion in common to both paths."""

from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from scipy.special import ndtri
from torch import Tensor

from ...checks import check_positive, check_probability
from ...functional import (
    PixelScale,
    RandomNumbers,
    choose_clips,
    mix_colors,
    temporal_gradient,
)
from .augmentation import ClipAugmentation, Drawn, Shape

GRAY = 127.5


@TRANSFORMS.register_module()
class RandomColorMatrix(ClipAugmentation):
    """Mix the color channels of a clip by a random matrix, one for all its frames.

    Keys as in :class:`ClipAugmentation`. Values are clamped to the range of pixels.

    Args:
        prob (float): Probability that a clip is changed, 0 to 1. Defaults to 0.5.
        std (float): Standard deviation of the matrix entries, which have mean 0; above 0.
            Defaults to 0.6, which on average keeps about the contrast of RGB.

    Raises:
        ValueError: If ``prob`` or ``std`` is out of range.

    Source: beyond the paper; see :func:`stcr_mmaction.functional.mix_colors`.
    """

    def __init__(self, prob: float = 0.5, std: float = 0.6) -> None:
        check_probability('prob', prob)
        check_positive('std', std)
        self.prob = prob
        self.std = std

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw a matrix for each clip, (N, C, C); the identity for unchanged clips."""
        channels = shape[0]
        chosen = random.of_clips(1, 1) < self.prob
        # Half a step is added, as the quantile of 0 is infinite.
        matrices = self.std * ndtri(random.of_clips(channels, channels) + 2.0**-54)
        matrices = np.where(chosen, matrices, np.eye(channels))
        return dict(matrices=torch.from_numpy(matrices.astype(np.float32)))

    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Mix around gray."""
        std = torch.as_tensor(scale.std).view(-1, 1)
        matrices = drawn['matrices'] * std.mT / std  # for normalized values
        return mix_colors(clips, matrices, scale.value_of(GRAY), scale.limits)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, std={self.std})'


@TRANSFORMS.register_module()
class TemporalGradient(ClipAugmentation):
    """Replace the frames of a clip by their differences in time, around middle gray.

    Applied to one path only, it removes the still background and its colors from what
    both paths share. Put it last in the path. Keys as in :class:`ClipAugmentation`.

    Args:
        prob (float): Probability that a clip is changed, 0 to 1. Defaults to 1.0.
        gain (float): Factor of the difference, above 0. Defaults to 1.5.

    Raises:
        ValueError: If ``prob`` or ``gain`` is out of range. For a clip: if it has one
            frame.

    Examples:
        >>> still = np.random.rand(1, 8, 8, 3).repeat(16, axis=0)
        >>> changes = TemporalGradient()(dict(imgs=still, num_clips=1))['imgs']
        >>> bool((changes == 127.5).all())
        True

    Source: beyond the paper; see :func:`stcr_mmaction.functional.temporal_gradient`.
    """

    def __init__(self, prob: float = 1.0, gain: float = 1.5) -> None:
        check_probability('prob', prob)
        check_positive('gain', gain)
        self.prob = prob
        self.gain = gain

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw which clips are changed, (N,), bool."""
        return dict(chosen=torch.from_numpy(random.of_clips() < self.prob))

    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Compute the temporal gradients of the chosen clips."""
        gray = scale.value_of(GRAY)
        changed = temporal_gradient(clips, self.gain, gray, scale.limits)
        if self.prob == 1:
            return changed
        return choose_clips(drawn['chosen'], changed, clips)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, gain={self.gain})'
