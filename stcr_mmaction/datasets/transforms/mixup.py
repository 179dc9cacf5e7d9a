"""Perturbations of the noise path that need no other video."""

from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from scipy.special import betaincinv
from torch import Tensor

from ...checks import check_positive
from ...functional import (
    PixelScale,
    RandomNumbers,
    intra_video_mixup,
    normal_images,
    spatial_noise,
)
from .augmentation import ClipAugmentation, Drawn, Shape


@TRANSFORMS.register_module()
class IntraVideoMixup(ClipAugmentation):
    """Mix a random frame of each clip into all of its frames.

    Keys as in :class:`ClipAugmentation`. Added keys: ``mixup_frames`` and
    ``mixup_weights``, lists with k and λ of each clip.

    Args:
        alpha (float): λ is drawn from Beta(alpha, alpha), above 0. Defaults to 1.0, the
            paper's, which is the uniform distribution.
        max_weight (float): Factor of λ, and so its maximum; above 0, at most 1. Above one
            half, a clip can be more a still image than a video. Defaults to 1.0, as in
            the paper.

    Raises:
        ValueError: If ``alpha`` or ``max_weight`` is out of range.

    Examples:
        >>> frames = np.random.rand(16, 8, 8, 3)
        >>> mixed = IntraVideoMixup()(dict(imgs=frames, num_clips=1))
        >>> (k,), (weight,) = mixed['mixup_frames'], mixed['mixup_weights']
        >>> np.allclose(mixed['imgs'], (1 - weight) * frames + weight * frames[k])
        True

    Source: paper §3.2.2, eq. 4. (The authors' later work mixes in 0.3 at the most: BE,
        Wang et al., CVPR 2021.)
    """

    noted = ('mixup_frames', 'mixup_weights')

    def __init__(self, alpha: float = 1.0, max_weight: float = 1.0) -> None:
        check_positive('alpha', alpha)
        check_max_weight(max_weight)
        self.alpha = alpha
        self.max_weight = max_weight

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw k, 0 to T - 1, and λ, 0 to ``max_weight``, for each clip."""
        frames = (random.of_clips() * shape[1]).astype(np.int64)
        weights = draw_weights(random, self.alpha, self.max_weight)
        return dict(frames=torch.from_numpy(frames), weights=weights)

    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Mix."""
        return intra_video_mixup(clips, drawn['frames'], drawn['weights'])

    def note(self, drawn: Drawn) -> dict[str, list]:
        """Note k and λ."""
        frames, weights = drawn['frames'].tolist(), drawn['weights'].tolist()
        return dict(mixup_frames=frames, mixup_weights=weights)

    def __repr__(self) -> str:
        arguments = f'alpha={self.alpha}, max_weight={self.max_weight}'
        return f'{type(self).__name__}({arguments})'


@TRANSFORMS.register_module()
class SpatialGaussianNoise(ClipAugmentation):
    """Add one image of white Gaussian noise to all frames of a clip.

    Keys as in :class:`ClipAugmentation`. Only a seed is drawn; the image is generated
    from it on the clips' device. Values are clamped to the range of pixels.

    Args:
        std (float): Standard deviation, in units of the pixels, above 0. Defaults to
            25.5, a tenth of the range of uint8 (the paper gives no figure).

    Raises:
        ValueError: If ``std`` is not above 0.

    Examples:
        >>> gray = np.full((16, 8, 8, 3), 128.0)
        >>> noisy = SpatialGaussianNoise()(dict(imgs=gray, num_clips=1))['imgs']
        >>> bool((noisy != gray).any()), bool((noisy == noisy[0]).all())
        (True, True)

    Source: paper §4.2, Table 1 (a).
    """

    def __init__(self, std: float = 25.5) -> None:
        check_positive('std', std)
        self.std = std

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw a seed for each clip, (N,), int64."""
        return dict(seeds=torch.from_numpy(random.seeds_of_clips()))

    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Generate the images and add them."""
        channels, _, height, width = clips.shape[1:]
        seeds = drawn['seeds'].to(clips.device, non_blocking=True)
        noise = self.std * normal_images(seeds, (channels, height, width))
        std = torch.as_tensor(scale.std).to(noise.device, non_blocking=True)
        return spatial_noise(clips, noise / std.view(-1, 1, 1), scale.limits)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(std={self.std})'


def draw_weights(random: RandomNumbers, alpha: float, max_weight: float = 1.0) -> Tensor:
    """Draw λ of each clip from max_weight * Beta(alpha, alpha), (N,), float32."""
    numbers = random.of_clips()
    weights = numbers if alpha == 1 else betaincinv(alpha, alpha, numbers)
    return torch.from_numpy((max_weight * weights).astype(np.float32))


def check_max_weight(max_weight: float) -> None:
    """Raise a ValueError unless a share is above 0 and at most 1."""
    if not 0 < max_weight <= 1:
        raise ValueError(f'max_weight must be above 0, to 1, got {max_weight!r}')
