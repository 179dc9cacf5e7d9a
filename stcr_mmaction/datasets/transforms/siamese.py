"""The clean and the noise path, made from one decoded video."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose

from .clip_tuples import ShuffleClips, ShuffleFrames
from .clips import check_untransformed
from .spatio_temporal import SpatioTemporalTransform


@TRANSFORMS.register_module()
class SiamesePaths(BaseTransform):
    """Run two pipelines on the same decoded frames and join what they make.

    ``FormatShape('NCTHW')`` then gives inputs of shape (V, C, T, H, W) with V = 2 *
    num_clips: first the clean clips, then the noise clips. :class:`STCR` splits
    them again.

        imgs: num_clips * T frames (H, W, C)
        |- clean: its own copy of the frames -> num_clips * T frames (H', W', C)
        |- noise: the frames themselves      -> num_clips * T frames (H', W', C)
        imgs: array (2 * num_clips * T, H', W', C)

    Required keys: ``imgs``, ``num_clips``. Modified key: ``imgs``. Added keys: what the
    noise path drew, and ``transform_codes`` in any case (all 0 without a
    :class:`SpatioTemporalTransform`). List these in ``PackActionInputs(meta_keys=...)``.

    Args:
        clean (Sequence[dict | Callable]): Transforms of the clean path, a random crop
            for example.
        noise (Sequence[dict | Callable]): Transforms of the noise path: a random crop of
            its own, then the augmentations.

    Raises:
        ValueError: If the clean path transforms in space and time, which would have to be
            undone on its features too, or if a path shuffles, so that the other is in
            another order. For a sample: if the paths give frames of different shapes, or
            if the frames have been transformed in space and time before.

    Source: paper §3.1, eqs. 1 and 2.
    """

    def __init__(
        self,
        clean: Sequence[dict | Callable],
        noise: Sequence[dict | Callable],
    ) -> None:
        self.clean = _build(clean)
        self.noise = _build(noise)
        if any(isinstance(t, SpatioTemporalTransform) for t in self.clean.transforms):
            raise ValueError(
                'SpatioTemporalTransform belongs to the noise path of SiamesePaths: the '
                'clean path is the reference that the inverse is aligned with'
            )
        both = [*self.clean.transforms, *self.noise.transforms]
        if any(isinstance(t, (ShuffleClips, ShuffleFrames)) for t in both):
            raise ValueError(
                'ShuffleClips and ShuffleFrames belong before the decoding: within a '
                'path of SiamesePaths they would put it in another order than the other'
            )

    def transform(self, results: dict) -> dict:
        """Make both paths."""
        check_untransformed(results)
        # Transforms such as Flip work in place, so the paths must not share frames.
        copies = [frame.copy() for frame in results['imgs']]
        clean = self.clean({**results, 'imgs': copies})
        noise = self.noise(dict(results))
        codes = noise.get('transform_codes', [0] * results.get('num_clips', 1))
        drawn = {**noise, 'transform_codes': codes}
        return {**drawn, **clean, 'imgs': _join(clean['imgs'], noise['imgs'])}

    def __repr__(self) -> str:
        return f'{type(self).__name__}(clean={self.clean}, noise={self.noise})'


def _build(transforms: Sequence[dict | Callable]) -> Compose:
    # Compose itself would look in mmengine's registry, where MMAction2's transforms are
    # found under a default scope only.
    return Compose(
        [TRANSFORMS.build(t) if isinstance(t, dict) else t for t in transforms]
    )


def _join(clean: Sequence[np.ndarray], noise: Sequence[np.ndarray]) -> np.ndarray:
    if len(clean) != len(noise) or clean[0].shape != noise[0].shape:
        raise ValueError(
            'the paths must give frames of one shape, got '
            f'{len(clean)} x {clean[0].shape} from the clean and '
            f'{len(noise)} x {noise[0].shape} from the noise path'
        )
    # Frames one by one: of a list of arrays, NumPy makes an array far more slowly.
    return np.stack([*clean, *noise])
