"""The clean and the noise path, made from a batch of clips on its device."""

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
    """Make both paths of a batch, as :class:`SiamesePaths` does of one sample.

    Plugs into the slot ``ActionDataPreprocessor(blending=...)``, which is for training
    alone, and takes the clips that any train pipeline makes.

        inputs (N, V, C, T, H, W): clips, as normalized by the preprocessor
        |- shared: the same for both
        |- clean
        |- noise
        inputs (N, 2 * V, C, T, H', W'): clean clips, then noise clips

    Of a 2D recognizer, the images (N, T, C, H, W) are the frames of one clip, and become
    (N, 2 * T, C, H', W').

    What is drawn is drawn on the CPU, for each sample from its seed alone: that of its
    metainfo, which :class:`ReproducibleTrainLoop` notes (``draw_seed``), else one from
    torch's generator. The rest is on the device, which is not waited for. Of the same
    draws the pipeline makes the same clips, up to the rounding to uint8.

    Args:
        clean (Sequence[dict]): As of :class:`SiamesePaths`, augmentations of clips.
        noise (Sequence[dict]): The same; there may be those that need other videos.
        shared (Sequence[dict]): The same. Defaults to none.
        mean (Sequence[float], optional): That of the preprocessor; :class:`STCR` fills
            it in. Defaults to None: 0, clips are not normalized.
        std (Sequence[float], optional): The same. Defaults to None: 1.
        **old (Any): The ``size``, ``codes`` and ``alpha`` of version 0.1.0.

    Raises:
        ValueError: As :class:`SiamesePaths`, or if there are arguments of version 0.1.0;
            says what to write in their place. When called: if the samples have been
            transformed already, or the clips cannot be augmented so.

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
            raise ValueError(_say_new_arguments(old))
        paths = dict(type='SiamesePaths', clean=clean, noise=noise, shared=shared)
        self.paths = TRANSFORMS.build(dict(paths, of_batches=True))
        self.scale = PixelScale.of(mean, std)
        self.mixes_labels = self.paths.mixes_labels

    def check_clip_shape(self, clip_shape: Sequence[int]) -> None:
        """Refuse to make other clips than (T, H, W).

        Raises:
            ValueError: If the paths have another shape, or cannot be made of such clips.
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
        """Draw, apply, and note what was drawn.

        Args:
            inputs (Tensor): (N, V, C, T, H, W), or images (N, T, C, H, W); floating.
            data_samples (SampleList): N samples, whose metainfo is changed.

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
        """Tell each sample what is noted of its clips, and the size of their frames."""
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
    """Return the seed of each sample, (N,), int64, drawn from torch's where none is."""
    drawn = torch.randint(LARGEST_SEED, (len(data_samples),)).tolist()
    pairs = zip(data_samples, drawn, strict=True)
    return np.array([sample.metainfo.get(SEED_KEY, seed) for sample, seed in pairs])


def _say_new_arguments(old: dict) -> str:
    """Write the configs of both paths that arguments of version 0.1.0 stand for."""
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
