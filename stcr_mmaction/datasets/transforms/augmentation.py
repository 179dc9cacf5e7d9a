"""Base classes of the augmentations: each draws, applies and notes its parameters.

:class:`SiamesePaths` calls them on a sample in the pipeline, :class:`SiameseBlending` on
a batch on its device. The draws for a sample depend only on its seed.
"""

from __future__ import annotations

import itertools
from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import torch
from mmcv.transforms import BaseTransform
from torch import Tensor

from ...functional import ClipGrid, PixelScale, RandomNumbers, sample_clips
from ...functional.pixels import in_float

Drawn = dict[str, Tensor]
"""Drawn parameters by name, on the CPU, one for each clip: (N, ...)."""
Shape = tuple[int, int, int, int]
"""Shape of a clip: (C, T, H, W)."""


class ClipAugmentation(BaseTransform):
    """Base class of augmentations; can also be used alone in a pipeline.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, an array (num_clips *
    T, H, W, C) of the same dtype, integers rounded to the nearest and clamped to their
    range. Added keys: those of :meth:`note`.
    """

    noise_path_only: str | None = None
    """Why it is not allowed in the clean path; None if it is."""

    needs_batch = False
    """Whether it needs other videos, which only a batch has."""

    mixes_labels = False
    """Whether it blends two videos so that neither label is true any more."""

    noted: tuple[str, ...] = ()
    """The keys that :meth:`note` returns."""

    @abstractmethod
    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw parameters for clips.

        Args:
            random (RandomNumbers): The random numbers: ``of_clips`` for each clip,
                ``of_samples`` the same for all clips of a sample.
            shape (Shape): (C, T, H, W) of the clips.

        Returns:
            Drawn: Parameters, one value for each clip.
        """

    @abstractmethod
    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Augment clips.

        Args:
            clips (Tensor): (N, C, T, H, W), any dtype and device; not changed.
            drawn (Drawn): Parameters from :meth:`draw`.
            scale (PixelScale): Scale of the values: pixels 0 to 255 in a pipeline,
                normalized in a batch.

        Returns:
            Tensor: New clips.
        """

    def note(self, drawn: Drawn) -> dict[str, list]:
        """Return notes for the metainfo: lists with one entry for each clip."""
        return {}

    def output_shape(self, shape: Shape) -> Shape:
        """Return the output shape (C, T, H, W) for an input shape.

        Raises:
            ValueError: If it cannot augment such clips.
        """
        return shape

    def transform(self, results: dict) -> dict:
        """Draw parameters for the clips of a sample, apply and note them."""
        check_not_noted(results, self.noted)
        clips = _read_clips(results)
        *_, height, width = self.output_shape(tuple(clips.shape[1:]))
        # A run seeds NumPy's generator for each sample.
        seeds = np.random.randint(np.iinfo(np.int64).max, size=1)
        drawn = self.draw(RandomNumbers(seeds, len(clips)), tuple(clips.shape[1:]))
        frames = _as_frames(self.apply(clips, drawn, PixelScale()))
        noted = dict(imgs=frames, img_shape=(height, width), **self.note(drawn))
        return {**results, **noted}


class GeometricAugmentation(ClipAugmentation):
    """Base class of augmentations that move pixels, described by :meth:`move`."""

    @abstractmethod
    def move(self, grid: ClipGrid, drawn: Drawn) -> ClipGrid:
        """Move the cells of a grid as the pixels should move."""

    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Read the clips at the moved grid."""
        grid = ClipGrid.of_whole_clips(len(clips), clips.shape[2:])
        return sample_clips(clips, self.move(grid, drawn))


class AugmentationSequence(ClipAugmentation):
    """Apply several augmentations, one after the other.

    Adjacent augmentations that move pixels need only one read together. Adjacent ones
    that change values convert integers to floats only once.

    Args:
        augmentations (Sequence[ClipAugmentation]): The augmentations, in order.

    Raises:
        ValueError: If two of them note the same keys.
    """

    def __init__(self, augmentations: Sequence[ClipAugmentation]) -> None:
        self.augmentations = list(augmentations)
        noted = [type(a) for a in self.augmentations if a.noted]
        if twice := {kind for kind in noted if noted.count(kind) > 1}:
            raise ValueError(
                f'{twice.pop().__name__} may occur only once in a path: its notes '
                'can describe only one of them'
            )
        self.noted = tuple(key for a in self.augmentations for key in a.noted)

    def draw(self, random: RandomNumbers, shape: Shape) -> list[Drawn]:
        """Draw for each augmentation."""
        drawn = []
        for augmentation in self.augmentations:
            drawn.append(augmentation.draw(random, shape))
            shape = augmentation.output_shape(shape)
        return drawn

    def apply(self, clips: Tensor, drawn: Sequence[Drawn], scale: PixelScale) -> Tensor:
        """Apply each augmentation."""
        pairs = zip(self.augmentations, drawn, strict=True)
        for moves, group in itertools.groupby(pairs, _moves_pixels):
            change = _move if moves else _change_values
            clips = change(clips, list(group), scale)
        return clips

    def note(self, drawn: Sequence[Drawn]) -> dict[str, list]:
        """Return what all augmentations note."""
        noted = {}
        for augmentation, of_it in zip(self.augmentations, drawn, strict=True):
            noted.update(augmentation.note(of_it))
        return noted

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape (C, T, H, W) after the last augmentation."""
        for augmentation in self.augmentations:
            shape = augmentation.output_shape(shape)
        return shape

    def __repr__(self) -> str:
        return repr(self.augmentations)


def _moves_pixels(pair: tuple[ClipAugmentation, Drawn]) -> bool:
    return isinstance(pair[0], GeometricAugmentation)


def _move(clips: Tensor, pairs: list, scale: PixelScale) -> Tensor:
    grid = ClipGrid.of_whole_clips(len(clips), clips.shape[2:])
    for augmentation, drawn in pairs:
        grid = augmentation.move(grid, drawn)
    return sample_clips(clips, grid)


def _change_values(clips: Tensor, pairs: list, scale: PixelScale) -> Tensor:
    def change(pixels: Tensor) -> Tensor:
        for augmentation, drawn in pairs:
            pixels = augmentation.apply(pixels, drawn, scale)
        return pixels

    return in_float(change, clips)


def check_not_noted(results: dict, keys: Sequence[str]) -> None:
    """Raise an error if a key is already noted.

    Args:
        results (dict): The results dict of a pipeline.
        keys (Sequence[str]): Keys to note.

    Raises:
        ValueError: If one of the keys exists.
    """
    for key in keys:
        if key in results:
            raise ValueError(
                f'the clips have {key}={results[key]} already, which would no longer be '
                'true of them: use the augmentation that notes it once, and with '
                'SiamesePaths in the noise path of it'
            )


def _read_clips(results: dict) -> Tensor:
    """Stack frames (H, W, C) to (num_clips, C, T, H, W); shares memory with an array."""
    frames = results['imgs']
    if not isinstance(frames, np.ndarray):
        frames = np.stack(frames)
    clips = torch.from_numpy(np.ascontiguousarray(frames))
    return clips.unflatten(0, (results.get('num_clips', 1), -1)).permute(0, 4, 1, 2, 3)


def _as_frames(clips: Tensor) -> np.ndarray:
    """Turn clips (num_clips, C, T, H, W) to frames (num_clips * T, H, W, C)."""
    return clips.permute(0, 2, 3, 4, 1).flatten(0, 1).numpy()
