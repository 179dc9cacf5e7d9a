"""Changes of appearance, so that what two paths share is their motion."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torch import Tensor

from ...checks import check_positive, check_probability
from ...functional import choose_clips, mix_colours, temporal_gradient
from .clips import as_frames, read_clips
from .mixup import TO_CHANNELS_FIRST, TO_CHANNELS_LAST

GREY = 127.5


class AppearanceTransform(BaseTransform):
    """Change each clip with a probability, by whatever the subclass does.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, an array (num_clips *
    T, H, W, C) of the same dtype; integers are rounded and clamped to their range.

    Args:
        prob (float): Probability that a clip is changed, 0 to 1.

    Raises:
        ValueError: If ``prob`` is out of range.
    """

    def __init__(self, prob: float) -> None:
        check_probability('prob', prob)
        self.prob = prob

    @abstractmethod
    def change(self, clips: Tensor) -> Tensor:
        """Change clips, (num_clips, C, T, H, W), of the frames' dtype."""

    def transform(self, results: dict) -> dict:
        """Draw the clips to be changed, and change them."""
        clips = read_clips(results).permute(TO_CHANNELS_FIRST)
        chosen = torch.from_numpy(np.random.random(len(clips)) < self.prob)
        changed = choose_clips(chosen, self.change(clips), clips)
        return {**results, 'imgs': as_frames(changed.permute(TO_CHANNELS_LAST))}


@TRANSFORMS.register_module()
class RandomColourMatrix(AppearanceTransform):
    """Mix the colour channels of a clip by a random matrix, one for all its frames.

    Keys as in :class:`AppearanceTransform`.

    Args:
        prob (float): Probability that a clip is changed, 0 to 1. Defaults to 0.5.
        std (float): Standard deviation of the entries, which have mean 0, above 0.
            Defaults to 0.6, which on average keeps about the contrast of RGB.

    Raises:
        ValueError: If ``prob`` or ``std`` is out of range.

    Source: beyond the paper; see :func:`stcr_mmaction.functional.mix_colours`.
    """

    def __init__(self, prob: float = 0.5, std: float = 0.6) -> None:
        super().__init__(prob)
        check_positive('std', std)
        self.std = std

    def change(self, clips: Tensor) -> Tensor:
        """Draw a matrix for each clip, and mix."""
        num_clips, channels = clips.shape[:2]
        size = num_clips, channels, channels
        matrices = torch.from_numpy(np.random.normal(scale=self.std, size=size))
        return mix_colours(clips, matrices, GREY)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, std={self.std})'


@TRANSFORMS.register_module()
class TemporalGradient(AppearanceTransform):
    """Replace the frames of a clip by their changes in time, around middle grey.

    On one path alone, neither a still background nor its colours are anything that the
    two paths could agree on. Put it last in the path.

    Keys as in :class:`AppearanceTransform`.

    Args:
        prob (float): Probability that a clip is changed, 0 to 1. Defaults to 1.0.
        gain (float): Factor of the change, above 0. Defaults to 1.5.

    Raises:
        ValueError: If ``prob`` or ``gain`` is out of range. For a sample: if a clip has
            one frame.

    Source: beyond the paper; see :func:`stcr_mmaction.functional.temporal_gradient`.
    """

    def __init__(self, prob: float = 1.0, gain: float = 1.5) -> None:
        super().__init__(prob)
        check_positive('gain', gain)
        self.gain = gain

    def change(self, clips: Tensor) -> Tensor:
        """Take the changes in time."""
        return temporal_gradient(clips, self.gain, GREY)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob}, gain={self.gain})'
