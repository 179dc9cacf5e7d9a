"""Make the clean and the noise path from a batch of clips, on its device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.utils import SampleList
from torch import Tensor

from ...functional import PixelScale, RandomNumbers

SEED_KEY = 'draw_seed'
LARGEST_SEED = np.iinfo(np.int64).max


@MODELS.register_module()
class SiameseBlending:
    """Make both paths of a batch, as :class:`SiamesePaths` does for a sample.

    Use it as ``ActionDataPreprocessor(blending=...)``, which only acts in training. It
    works with the clips of any train pipeline.

        inputs (N, V, C, T, H, W): clips, as normalized by the preprocessor
        |- shared: the same for both
        |- clean
        |- noise
        inputs (N, 2 * V, C, T, H', W'): clean clips, then noise clips

    For a 2D recognizer, the images (N, T, C, H, W) are the frames of one clip, and become
    (N, 2 * T, C, H', W').

    Parameters are drawn on the CPU, for each sample from its own seed: ``draw_seed`` in
    its metainfo, set by :class:`ReproducibleTrainLoop`, or else a seed from torch's
    generator. Everything else runs on the device, without waiting for it. With the same
    draws the pipeline makes the same clips, up to rounding to uint8.

    Args:
        clean (Sequence[dict]): As in :class:`SiamesePaths`, only augmentations of clips.
        noise (Sequence[dict]): The same; augmentations that need other videos are
            allowed.
        shared (Sequence[dict]): The same. Defaults to none.
        mean (Sequence[float], optional): Mean of the preprocessor; :class:`STCR` fills it
            in. Defaults to None: 0, for clips that are not normalized.
        std (Sequence[float], optional): Standard deviation, likewise. Defaults to None:
            1.
        **old (Any): ``size``, ``codes`` and ``alpha`` of version 0.1.0: an error.

    Raises:
        ValueError: As in :class:`SiamesePaths`, or for arguments of version 0.1.0; says
            what to write instead. When called: if the samples are transformed already, or
            the clips do not have a suitable shape.

    Examples:
        >>> from mmaction.structures import ActionDataSample
        >>> backward = dict(type='SpatioTemporalTransform', codes=[8])
        >>> clips = torch.rand(1, 1, 3, 16, 8, 8)
        >>> paths, _ = SiameseBlending([], [backward])(clips, [ActionDataSample()])
        >>> torch.equal(paths, torch.cat([clips, clips.flip(3)], dim=1))
        True

    Source: paper §3.1 and §3.2.
    """

    def __init__(
        self,
        clean: Sequence[dict] | None = None,
        noise: Sequence[dict] | None = None,
        shared: Sequence[dict] = (),
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
        **old: Any,
    ) -> None:
        if old or clean is None or noise is None:
            raise ValueError(_describe_new_arguments(old))
        paths = dict(type='SiamesePaths', clean=clean, noise=noise, shared=shared)
        self.paths = TRANSFORMS.build(dict(paths, of_batches=True))
        self.scale = PixelScale.of(mean, std)
        self.mixes_labels = self.paths.mixes_labels

    def check_clip_shape(self, clip_shape: Sequence[int]) -> None:
        """Check that the paths make clips of shape (T, H, W).

        Raises:
            ValueError: If the paths have another shape, or cannot be made from such
                clips.
        """
        made = self.paths.output_shape((0, *clip_shape))[1:]
        if made != tuple(clip_shape):
            raise ValueError(
                f'SiameseBlending makes clips (T, H, W) = {made}, but clip_shape of the '
                f'recognizer is {tuple(clip_shape)}: change its crops, or clip_shape'
            )

    def __call__(
        self, inputs: Tensor, data_samples: SampleList
    ) -> tuple[Tensor, SampleList]:
        """Make both paths and note the draws.

        Args:
            inputs (Tensor): (N, V, C, T, H, W), or images (N, T, C, H, W); floating.
            data_samples (SampleList): N samples; their metainfo is changed.

        Returns:
            tuple[Tensor, SampleList]: Both paths, and the samples.
        """
        images = inputs.ndim == 5
        clips = inputs.transpose(1, 2).unsqueeze(1) if images else inputs
        if clips.ndim != 6:
            raise ValueError(
                'SiameseBlending needs clips (N, V, C, T, H, W) or images (N, T, C, H, W)'
                f', got inputs of {inputs.ndim} axes'
            )
        count, views, *shape = clips.shape
        size = self.paths.output_shape(tuple(shape))[2:]
        random = RandomNumbers(read_seeds(data_samples), views)
        drawn = self.paths.draw(random, tuple(shape))
        paths = self.paths.apply(clips.flatten(0, 1), drawn, self.scale)
        self._note(self.paths.note(drawn), size, views, data_samples)
        paths = torch.cat([path.unflatten(0, (count, views)) for path in paths], dim=1)
        return paths.transpose(2, 3).flatten(1, 2) if images else paths, data_samples

    def _note(
        self, noted: dict, size: tuple[int, int], views: int, data_samples: SampleList
    ) -> None:
        """Write the notes and the size of frames into the metainfo of each sample."""
        noted = dict(transform_codes=[0] * len(data_samples) * views) | noted
        for number, sample in enumerate(data_samples):
            if 'transform_codes' in sample.metainfo:
                raise ValueError(
                    'SiameseBlending got samples that have transform_codes: leave out '
                    'SiamesePaths and SpatioTemporalTransform in the train pipeline, it '
                    'does both itself'
                )
            places = slice(number * views, (number + 1) * views)
            own = {key: values[places] for key, values in noted.items()}
            if 'img_shape' in sample.metainfo:
                own['img_shape'] = size
            sample.set_metainfo(own)


def read_seeds(data_samples: SampleList) -> np.ndarray:
    """Return the seeds of the samples, (N,), int64; draw missing ones by torch."""
    drawn = torch.randint(LARGEST_SEED, (len(data_samples),)).tolist()
    pairs = zip(data_samples, drawn, strict=True)
    return np.array([sample.metainfo.get(SEED_KEY, seed) for sample, seed in pairs])


def _describe_new_arguments(old: dict) -> str:
    """Describe the new configs of both paths for arguments of version 0.1.0."""
    unknown = set(old) - {'size', 'codes', 'alpha'}
    crop = [dict(type='RandomClipCrop', size=old['size'])] if old.get('size') else []
    noise = list(crop)
    if 'codes' not in old or old['codes'] is not None:
        codes = dict(codes=list(old['codes'])) if 'codes' in old else {}
        noise.append(dict(type='SpatioTemporalTransform', **codes))
    if 'alpha' not in old or old['alpha'] is not None:
        alpha = dict(alpha=old['alpha']) if 'alpha' in old else {}
        noise.append(dict(type='IntraVideoMixup', **alpha))
    said = f'has no argument {", ".join(sorted(unknown))}, and ' if unknown else ''
    return (
        f'SiameseBlending {said}takes the lists of SiamesePaths; what it did in version '
        f'0.1.0 is now clean={crop}, noise={noise}'
    )
