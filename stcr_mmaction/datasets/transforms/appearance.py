"""Changes of appearance, so that what two paths share is their motion."""

from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...functional import choose_clips, mix_colours, temporal_gradient
from ...functional.consistency import check_positive
from .clips import as_frames, read_clips
from .mixup import TO_CHANNELS_FIRST, TO_CHANNELS_LAST

GREY = 127.5


@TRANSFORMS.register_module()
class RandomColourMatrix(BaseTransform):
    """Mix the colour channels of a clip by a random matrix, one for all its frames.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, an array (num_clips *
    T, H, W, C) of the same dtype; integers are rounded and clamped to their range.

    Args:
        prob (float): Probability that a clip is changed, 0 to 1. Defaults to 0.5.
        std (float): Standard deviation of the entries, which have mean 0, above 0.
            Defaults to 0.6, which on average keeps about the contrast of RGB.

    Raises:
        ValueError: If ``prob`` or ``std`` is out of range.

    Source: beyond the paper; see :func:`stcr_mmaction.functional.mix_colours`.
    """

    def __init__(self, prob: float = 0.5, std: float = 0.6) -> None:
        check_probability(prob)
        check_positive('std', std)
        self.prob = prob
        self.std = std

    def draw(self, num_clips: int, channels: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw for each clip whether it is changed, and (num_clips, C, C) matrices."""
        chosen = np.random.random(num_clips) < self.prob
        return chosen, np.random.normal(
            scale=self.std, size=(num_clips, channels, channels)
        )

    def transform(self, results: dict) -> dict:
        """Draw and apply."""
        clips = read_clips(results).permute(TO_CHANNELS_FIRST)
        chosen, matrices = map(torch.from_numpy, self.draw(*clips.shape[:2]))
        mixed = choose_clips(chosen, mix_colours(clips, matrices, GREY), clips)
        return {**results, 'imgs': as_frames(mixed.permute(TO_CHANNELS_LAST))}

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, std={self.std})'


@TRANSFORMS.register_module()
class TemporalGradient(BaseTransform):
    """Replace the frames of a clip by their changes in time, around middle grey.

    On one path alone, neither a still background nor its colours are anything that the
    two paths could agree on. Put it last in the path.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, an array (num_clips *
    T, H, W, C) of the same dtype; integers are rounded and clamped to their range.

    Args:
        prob (float): Probability that a clip is changed, 0 to 1. Defaults to 1.0.
        gain (float): Factor of the change, above 0. Defaults to 1.5.

    Raises:
        ValueError: If ``prob`` or ``gain`` is out of range. For a sample: if a clip has
            one frame.

    Source: beyond the paper; see :func:`stcr_mmaction.functional.temporal_gradient`.
    """

    def __init__(self, prob: float = 1.0, gain: float = 1.5) -> None:
        check_probability(prob)
        check_positive('gain', gain)
        self.prob = prob
        self.gain = gain

    def draw(self, num_clips: int) -> np.ndarray:
        """Draw for each clip whether it is changed."""
        return np.random.random(num_clips) < self.prob

    def transform(self, results: dict) -> dict:
        """Draw and apply."""
        clips = read_clips(results).permute(TO_CHANNELS_FIRST)
        chosen = torch.from_numpy(self.draw(len(clips)))
        gradient = temporal_gradient(clips, self.gain, GREY)
        changed = choose_clips(chosen, gradient, clips)
        return {**results, 'imgs': as_frames(changed.permute(TO_CHANNELS_LAST))}

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, gain={self.gain})'


def check_probability(prob: float) -> None:
    """Raise a ValueError unless ``prob`` is between 0 and 1."""
    if not 0 <= prob <= 1:
        raise ValueError(f'prob must be between 0 and 1, got {prob}')
