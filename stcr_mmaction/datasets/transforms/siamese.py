"""Make the clean and the noise path from the same frames."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from torch import Tensor

from ...functional import PixelScale, RandomNumbers
from ...type_names import build_part
from .augmentation import (
    AugmentationSequence,
    ClipAugmentation,
    Drawn,
    Shape,
    check_not_noted,
)
from .clip_tuples import ShuffleClips, ShuffleFrames

Step = dict | Callable


class DrawnPaths(NamedTuple):
    """Parameters drawn for both paths, for the clean path, and for the noise path."""

    shared: list[Drawn]
    clean: list[Drawn]
    noise: list[Drawn]


@TRANSFORMS.register_module()
class SiamesePaths(BaseTransform):
    """Make two paths from the same frames, each with its own augmentations.

    In a pipeline it makes both paths of a sample:

        imgs: num_clips * T frames (H, W, C)
        |- shared: the same for both
        |- clean -> num_clips * T frames (H', W', C)
        |- noise -> num_clips * T frames (H', W', C)
        imgs: array (2 * num_clips * T, H', W', C)

    ``FormatShape('NCTHW')`` then gives inputs of shape (V, C, T, H, W) with V = 2 *
    num_clips: first the clean clips, then the noise clips. :class:`STCR` splits them
    again. :class:`SiameseBlending` does the same for a batch, with the same configs.

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``. Added keys: what the
    noise path notes, and ``transform_codes`` in any case (all 0 without a
    :class:`SpatioTemporalTransform`). List these in ``PackActionInputs(meta_keys=...)``.

    Args:
        clean (Sequence[dict | Callable]): Augmentations of the clean path
            (:class:`ClipAugmentation`), such as a random crop. In a pipeline, any
            transform of frames is allowed too.
        noise (Sequence[dict | Callable]): Augmentations of the noise path: its own random
            crop, then the perturbations.
        shared (Sequence[dict | Callable]): Augmentations that both paths start with,
            drawn once, such as :class:`RandomClipFlip`. Defaults to none.
        of_batches (bool): Whether it is used by :class:`SiameseBlending`, which takes no
            transforms of frames, but can use other videos of the batch. Defaults to
            False.

    Raises:
        ValueError: If an augmentation does not exist; if the clean path has
            spatio-temporal transformations, which would have to be undone on its
            features; if a path shuffles; or if an augmentation does not work here (sample
            or batch). For a sample: if the paths have different shapes, or the frames
            were transformed in space and time before.

    Source: paper §3.1, eqs. 1 and 2.
    """

    def __init__(
        self,
        clean: Sequence[Step],
        noise: Sequence[Step],
        shared: Sequence[Step] = (),
        of_batches: bool = False,
    ) -> None:
        owner = 'SiameseBlending' if of_batches else 'SiamesePaths'
        named = dict(shared=shared, clean=clean, noise=noise).items()
        paths = [[_build(s, f'{name} of {owner}') for s in path] for name, path in named]
        _check_steps(*paths, of_batches)
        self.shared, self.clean, self.noise = map(_compose, paths)
        self.mixes_labels = any(getattr(s, 'mixes_labels', False) for s in paths[2])
        if of_batches:
            shared, clean, noise = paths
            self._drawn = [AugmentationSequence(path) for path in paths]
            self._applied = [AugmentationSequence([*shared, *p]) for p in (clean, noise)]

    def transform(self, results: dict) -> dict:
        """Make both paths of a sample."""
        check_not_noted(results, ['transform_codes'])
        results = self.shared(dict(results))
        frames = results['imgs']
        frames = frames if isinstance(frames, np.ndarray) else np.stack(frames)
        # Transforms such as Flip work in place, so each path needs its own frames.
        clean = self.clean({**results, 'imgs': frames.copy()})
        noise = self.noise({**results, 'imgs': frames})
        codes = noise.get('transform_codes', [0] * results.get('num_clips', 1))
        drawn = {**noise, 'transform_codes': codes}
        return {**drawn, **clean, 'imgs': _join(clean['imgs'], noise['imgs'])}

    def draw(self, random: RandomNumbers, shape: Shape) -> DrawnPaths:
        """Draw for a batch of clips (N, *shape), shape being (C, T, H, W)."""
        shared, clean, noise = self._drawn
        drawn = shared.draw(random, shape)
        shape = shared.output_shape(shape)
        return DrawnPaths(drawn, clean.draw(random, shape), noise.draw(random, shape))

    def apply(
        self, clips: Tensor, drawn: DrawnPaths, scale: PixelScale
    ) -> tuple[Tensor, Tensor]:
        """Make both paths of a batch.

        Args:
            clips (Tensor): (N, C, T, H, W), any dtype and device.
            drawn (DrawnPaths): Parameters from :meth:`draw`.
            scale (PixelScale): Scale of the values.

        Returns:
            tuple[Tensor, Tensor]: The clean and the noise clips, (N, C, T, H', W').
        """
        clean, noise = self._applied
        return (
            clean.apply(clips, [*drawn.shared, *drawn.clean], scale),
            noise.apply(clips, [*drawn.shared, *drawn.noise], scale),
        )

    def note(self, drawn: DrawnPaths) -> dict[str, list]:
        """Return the notes of the noise path for the clips of a batch."""
        return self._drawn[2].note(drawn.noise)

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape (C, T, H, W) of the clips of both paths.

        Raises:
            ValueError: If the shapes differ, or the paths cannot be made from such clips.
        """
        clean, noise = (path.output_shape(shape) for path in self._applied)
        if clean != noise:
            raise ValueError(
                f'the paths must give clips of one shape, got {clean} from the clean and '
                f'{noise} from the noise path'
            )
        return clean

    def __repr__(self) -> str:
        paths = f'clean={self.clean}, noise={self.noise}, shared={self.shared}'
        return f'{type(self).__name__}({paths})'


def _build(step: Step, place: str) -> Callable:
    # Compose would search mmengine's registry, which finds MMAction2's transforms only
    # under a default scope.
    return build_part(step, TRANSFORMS, place) if isinstance(step, dict) else step


def _compose(path: Sequence[Callable]) -> Compose:
    """Group adjacent augmentations of a path, so that they run together."""
    steps = []
    for of_clips, group in itertools.groupby(path, _is_augmentation):
        group = list(group)
        steps += [AugmentationSequence(group)] if of_clips else group
    return Compose(steps)


def _is_augmentation(step: Callable) -> bool:
    return isinstance(step, ClipAugmentation)


def _check_steps(
    shared: Sequence[Callable],
    clean: Sequence[Callable],
    noise: Sequence[Callable],
    of_batches: bool,
) -> None:
    for step in [*shared, *clean]:
        if why := getattr(step, 'noise_path_only', None):
            raise ValueError(
                f'{type(step).__name__} belongs to the noise path of SiamesePaths: {why}'
            )
    for step in [*shared, *clean, *noise]:
        if isinstance(step, (ShuffleClips, ShuffleFrames)):
            raise ValueError(
                'ShuffleClips and ShuffleFrames belong before the decoding: within a '
                'path of SiamesePaths they would put it in another order than the other'
            )
        if of_batches and not _is_augmentation(step):
            raise ValueError(
                f'{type(step).__name__} works on the frames of a sample: SiameseBlending '
                'takes augmentations of clips (RandomClipCrop, RandomClipFlip, ...); put '
                'this into the train pipeline'
            )
        if not of_batches and getattr(step, 'needs_batch', False):
            raise ValueError(
                f'{type(step).__name__} needs another video, and a pipeline has one at '
                'a time: put it into the noise path of SiameseBlending in the '
                'data_preprocessor, which takes the same lists'
            )


def _join(clean: Sequence[np.ndarray], noise: Sequence[np.ndarray]) -> np.ndarray:
    if len(clean) != len(noise) or clean[0].shape != noise[0].shape:
        raise ValueError(
            'the paths must give frames of one shape, got '
            f'{len(clean)} x {clean[0].shape} from the clean and '
            f'{len(noise)} x {noise[0].shape} from the noise path'
        )
    # Stacking single frames is much faster than converting a list of arrays.
    return np.stack([*clean, *noise])
