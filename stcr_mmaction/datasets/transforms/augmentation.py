"""What an augmentation is: one class that draws, applies and notes, for two callers.

:class:`SiamesePaths` calls it on a sample in the pipeline, :class:`SiameseBlending` on a
batch on its device. What is drawn for a sample depends on the sample's seed alone.
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
"""Parameters by name, on the CPU, one of each for a clip: (N, ...)."""
Shape = tuple[int, int, int, int]
"""Of a clip: (C, T, H, W)."""


class ClipAugmentation(BaseTransform):
    """Base of the augmentations; as a transform of a pipeline it serves alone, too.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``, an array (num_clips *
    T, H, W, C) of the same dtype, integers rounded to the nearest and clamped to their
    range. Added keys: what :meth:`note` gives.
    """

    noise_path_only: str | None = None
    """Why it may not be in the clean path, if it may not."""

    needs_batch = False
    """Whether it needs other videos, which a batch has and a pipeline has not."""

    mixes_labels = False
    """Whether neither of two videos' labels is true of what it makes."""

    noted: tuple[str, ...] = ()
    """The keys that :meth:`note` gives."""

    @abstractmethod
    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw the parameters of clips.

        Args:
            random (RandomNumbers): What all is drawn from: ``of_clips`` for each clip,
                ``of_samples`` the same for all clips of a sample.
            shape (Shape): (C, T, H, W) of the clips.

        Returns:
            Drawn: One of each parameter for a clip.
        """

    @abstractmethod
    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Augment clips.

        Args:
            clips (Tensor): (N, C, T, H, W), any dtype and device; not changed.
            drawn (Drawn): What :meth:`draw` gives for them.
            scale (PixelScale): How their values stand for pixels: 0 to 255 in a
                pipeline, normalized in a batch.

        Returns:
            Tensor: New clips.
        """

    def note(self, drawn: Drawn) -> dict[str, list]:
        """Return what is to be told in the metainfo: lists with an entry for a clip."""
        return {}

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape (C, T, H, W) that clips of one get.

        Raises:
            ValueError: If it cannot serve such clips, whatever is drawn.
        """
        return shape

    def transform(self, results: dict) -> dict:
        """Draw for the clips of a sample, apply, and note."""
        check_not_noted(results, self.noted)
        clips = _read_clips(results)
        *_, height, width = self.output_shape(tuple(clips.shape[1:]))
        # NumPy's generator is the one that a run seeds for each sample.
        seeds = np.random.randint(np.iinfo(np.int64).max, size=1)
        drawn = self.draw(RandomNumbers(seeds, len(clips)), tuple(clips.shape[1:]))
        frames = _as_frames(self.apply(clips, drawn, PixelScale()))
        noted = dict(imgs=frames, img_shape=(height, width), **self.note(drawn))
        return {**results, **noted}


class GeometricAugmentation(ClipAugmentation):
    """Base of those that move pixels: :meth:`move` says where, one read does all."""

    @abstractmethod
    def move(self, grid: ClipGrid, drawn: Drawn) -> ClipGrid:
        """Do to the cells of a grid what is to be done to the clips."""

    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Read the clips at the grid that is moved."""
        grid = ClipGrid.of_whole_clips(len(clips), clips.shape[2:])
        return sample_clips(clips, self.move(grid, drawn))


class AugmentationSequence(ClipAugmentation):
    """Several augmentations, one after the other, and what all paths ask of them.

    Neighbours that move pixels are one read together; neighbours that change values make
    floats of integers once.

    Args:
        augmentations (Sequence[ClipAugmentation]): In this order.

    Raises:
        ValueError: If two of them note the same, which would be true of one alone.
    """

    def __init__(self, augmentations: Sequence[ClipAugmentation]) -> None:
        self.augmentations = list(augmentations)
        noted = [type(a) for a in self.augmentations if a.noted]
        if twice := {kind for kind in noted if noted.count(kind) > 1}:
            raise ValueError(
                f'{twice.pop().__name__} may be in a path once: what it notes for each '
                'clip would no longer be true of the first'
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
        """Return the shape (C, T, H, W) behind the last augmentation."""
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
    """Refuse to note of clips what has been noted of them already.

    Args:
        results (dict): Of a pipeline.
        keys (Sequence[str]): What is to be noted.

    Raises:
        ValueError: If it has one of the keys.
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
