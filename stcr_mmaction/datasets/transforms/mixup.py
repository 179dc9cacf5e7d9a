"""Perturbations of the noise path that need no other video."""

from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_positive
from ...functional import intra_video_mixup, spatial_noise
from .clips import as_frames, read_clips

TO_CHANNELS_FIRST = (0, 4, 1, 2, 3)  # (N, T, H, W, C) -> (N, C, T, H, W)
TO_CHANNELS_LAST = (0, 2, 3, 4, 1)


@TRANSFORMS.register_module()
class IntraVideoMixup(BaseTransform):
    """Mix a random frame of each clip into all of its frames.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, an array (num_clips *
    T, H, W, C) of the same dtype, integers rounded to the nearest. Added keys:
    ``mixup_frames`` and ``mixup_weights``, lists with k and λ of each clip.

    Args:
        alpha (float): λ is drawn from Beta(alpha, alpha), above 0. Defaults to 1.0, the
            paper's, which is the uniform distribution.

    Raises:
        ValueError: If ``alpha`` is not above 0.

    Source: paper §3.2.2, eq. 4.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        check_positive('alpha', alpha)
        self.alpha = alpha

    def draw(self, num_clips: int, clip_len: int) -> tuple[np.ndarray, np.ndarray]:
        """Draw k, 0 to clip_len - 1, and λ, 0 to 1, for each clip."""
        frames = np.random.randint(clip_len, size=num_clips)
        return frames, np.random.beta(self.alpha, self.alpha, size=num_clips)

    def transform(self, results: dict) -> dict:
        """Draw, apply, and note what was drawn."""
        clips = read_clips(results).permute(TO_CHANNELS_FIRST)
        frames, weights = self.draw(len(clips), clips.shape[2])
        mixed = intra_video_mixup(
            clips, torch.from_numpy(frames), torch.from_numpy(weights)
        )
        return {
            **results,
            'imgs': as_frames(mixed.permute(TO_CHANNELS_LAST)),
            'mixup_frames': frames.tolist(),
            'mixup_weights': weights.tolist(),
        }

    def __repr__(self) -> str:
        return f'{type(self).__name__}(alpha={self.alpha})'


@TRANSFORMS.register_module()
class SpatialGaussianNoise(BaseTransform):
    """Add one image of white Gaussian noise to all frames of a clip.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, as
    :class:`IntraVideoMixup`; integers are clamped to their range.

    Args:
        std (float): Standard deviation, in units of the pixels, above 0. Defaults to
            25.5, a tenth of the range of uint8 (the paper gives no figure).

    Raises:
        ValueError: If ``std`` is not above 0.

    Source: paper §4.2, Table 1 (a).
    """

    def __init__(self, std: float = 25.5) -> None:
        check_positive('std', std)
        self.std = std

    def draw(self, shape: tuple[int, ...]) -> np.ndarray:
        """Draw a noise image for each clip, (N, C, H, W), float64."""
        return np.random.normal(scale=self.std, size=shape)

    def transform(self, results: dict) -> dict:
        """Draw and apply."""
        clips = read_clips(results).permute(TO_CHANNELS_FIRST)
        count, channels, _, height, width = clips.shape
        noise = torch.from_numpy(self.draw((count, channels, height, width)))
        noisy = spatial_noise(clips, noise)
        return {**results, 'imgs': as_frames(noisy.permute(TO_CHANNELS_LAST))}

    def __repr__(self) -> str:
        return f'{type(self).__name__}(std={self.std})'
