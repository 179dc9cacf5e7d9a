"""Random crop and horizontal flip of clips."""

from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import TRANSFORMS

from ...checks import check_positive, check_probability
from ...functional import ClipGrid, RandomNumbers
from .augmentation import Drawn, GeometricAugmentation, Shape


@TRANSFORMS.register_module()
class RandomClipCrop(GeometricAugmentation):
    """Crop a random square, the same for all frames.

    Keys as in :class:`ClipAugmentation`.

    Args:
        size (int): Side of the square in pixels, above 0.
        per_clip (bool): Whether each clip of a sample gets its own crop. If clips have
            the same crop, a network can solve pretext tasks by their background instead
            of motion. Defaults to False.

    Raises:
        ValueError: If ``size`` is not above 0. For a clip: if its frames are smaller.

    Examples:
        >>> frames = np.zeros((16, 128, 171, 3), np.uint8)
        >>> RandomClipCrop(size=112)(dict(imgs=frames, num_clips=1))['imgs'].shape
        (16, 112, 112, 3)

    Source: the crop of MMAction2's ``RandomCrop``, but that one never draws the last row
        or column.
    """

    def __init__(self, size: int, per_clip: bool = False) -> None:
        check_positive('size', size)
        self.size = size
        self.per_clip = per_clip

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw top and left of the square, (N, 2)."""
        numbers = random.of_clips(2) if self.per_clip else random.of_samples(2)
        places = np.array(shape[2:]) - self.size + 1
        return dict(corners=torch.from_numpy((numbers * places).astype(np.int64)))

    def move(self, grid: ClipGrid, drawn: Drawn) -> ClipGrid:
        """Crop."""
        return grid.crop(drawn['corners'].numpy(), self.size)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (C, T, size, size)."""
        *rest, height, width = shape
        if self.size > min(height, width):
            raise ValueError(
                f'RandomClipCrop cannot cut size={self.size} out of frames {height} high '
                f'and {width} wide: resize to more, or crop less'
            )
        return (*rest, self.size, self.size)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(size={self.size}, per_clip={self.per_clip})'


@TRANSFORMS.register_module()
class RandomClipFlip(GeometricAugmentation):
    """Flip all frames of a sample horizontally, or none.

    In ``shared=[...]`` of :class:`SiamesePaths` both paths get the same flip. Keys as in
    :class:`ClipAugmentation`.

    Args:
        prob (float): Probability of the flip, 0 to 1. Defaults to 0.5.

    Raises:
        ValueError: If ``prob`` is out of range.
    """

    def __init__(self, prob: float = 0.5) -> None:
        check_probability('prob', prob)
        self.prob = prob

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw which clips are flipped, (N,), bool."""
        return dict(flipped=torch.from_numpy(random.of_samples() < self.prob))

    def move(self, grid: ClipGrid, drawn: Drawn) -> ClipGrid:
        """Flip the columns."""
        return grid.flip(drawn['flipped'].numpy()[:, None] * [False, False, True])

    def __repr__(self) -> str:
        return f'{type(self).__name__}(prob={self.prob})'
