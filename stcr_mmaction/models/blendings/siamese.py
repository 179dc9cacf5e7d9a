"""The clean and the noise path, made from a batch of clips on its device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from torch import Tensor
from torch.distributions import Beta

from ...checks import check_positive
from ...functional import NUM_CODES, intra_video_mixup, parse_code, transform_clips


class Drawn(NamedTuple):
    """What is drawn for a sample: corners (top, left), and one of the rest a clip."""

    clean_corner: tuple[int, int]
    noise_corner: tuple[int, int]
    codes: list[int]
    frames: list[int]
    weights: list[float]


@MODELS.register_module()
class SiameseBlending:
    """Make both paths of a batch, as :class:`SiamesePaths` does of one sample.

    Plugs into the slot ``ActionDataPreprocessor(blending=...)``, which is for training
    alone, and takes the clips that any train pipeline makes. Each sample's draws are on
    the CPU, from torch's generator; the rest is on the device, which is not waited for.

        inputs (N, V, C, T, H, W): clips, as normalized by the preprocessor
        |- clean: a crop of each sample
        |- noise: another crop, SpatioTemporalTransform, IntraVideoMixup
        inputs (N, 2 * V, C, T, size, size): clean clips, then noise clips

    Of a 2D recognizer, the images (N, T, C, H, W) are the frames of one clip, and become
    (N, 2 * T, C, size, size).

    Each sample is told ``transform_codes``, ``mixup_frames`` and ``mixup_weights``, as by
    the transforms, whose clips, normalized, are the same up to the rounding to uint8:
    mixing and normalizing commute, as the shares of a mixture add up to 1.

    Args:
        size (int, optional): Of the square that each path crops at random from the whole
            clip. Defaults to None: both paths have the whole clip.
        codes (Sequence[int], optional): Of :class:`SpatioTemporalTransform`; None for
            none of it. Defaults to all 16.
        alpha (float, optional): Of :class:`IntraVideoMixup`; None for none of it.
            Defaults to 1.0.

    Raises:
        ValueError: If ``codes`` is empty or holds an unknown code, or if ``size`` or
            ``alpha`` is not above 0. When called: if the samples have been transformed
            already, if clips are smaller than ``size``, or if quarter turns may be drawn
            and clips are not square.

    Source: paper §3.1 and §3.2. (MMAction2's RandomCrop never draws the last row or
        column; this does.)
    """

    def __init__(
        self,
        size: int | None = None,
        codes: Sequence[int] | None = range(NUM_CODES),
        alpha: float | None = 1.0,
    ) -> None:
        if size is not None:
            check_positive('size', size)
        if alpha is not None:
            check_positive('alpha', alpha)
        self.size, self.alpha = size, alpha
        self.codes = None if codes is None else list(codes)
        if self.codes == []:
            raise ValueError(
                'codes must hold at least one transformation code, or be None'
            )
        turns = [parse_code(code).quarter_turns for code in self.codes or [0]]
        self.makes_quarter_turns = any(turn % 2 for turn in turns)

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
        self._check(clips, data_samples)
        draws = [self.draw(*clips.shape[1:]) for _ in data_samples]
        for sample, drawn in zip(data_samples, draws, strict=True):
            self._note(drawn, sample)
        paths = self.apply(clips, draws)
        return paths.transpose(2, 3).flatten(1, 2) if images else paths, data_samples

    def draw(
        self, views: int, channels: int, length: int, height: int, width: int
    ) -> Drawn:
        """Draw for a sample, whose shape the arguments are."""
        rows, columns = (
            1 if self.size is None else whole - self.size + 1 for whole in (height, width)
        )
        corners = torch.stack(
            [torch.randint(rows, (2,)), torch.randint(columns, (2,))], dim=1
        )
        codes = [0] * views
        if self.codes is not None:
            drawn = torch.randint(len(self.codes), (views,)).tolist()
            codes = [self.codes[place] for place in drawn]
        frames, weights = [], []
        if self.alpha is not None:
            frames = torch.randint(length, (views,)).tolist()
            weights = Beta(self.alpha, self.alpha).sample((views,)).tolist()
        return Drawn(*map(tuple, corners.tolist()), codes, frames, weights)

    def apply(self, clips: Tensor, draws: Sequence[Drawn]) -> Tensor:
        """Make both paths of clips (N, V, C, T, H, W) from what was drawn for each."""
        clean = self._crop(clips, [drawn.clean_corner for drawn in draws])
        noise = self._crop(clips, [drawn.noise_corner for drawn in draws]).flatten(0, 1)
        if self.codes is not None:
            noise = transform_clips(noise, [code for d in draws for code in d.codes])
        if self.alpha is not None:
            frames = torch.tensor([frame for d in draws for frame in d.frames])
            weights = torch.tensor([weight for d in draws for weight in d.weights])
            noise = intra_video_mixup(noise, frames, weights)
        return torch.cat([clean, noise.view_as(clean)], dim=1)

    def _crop(self, clips: Tensor, corners: Sequence[tuple[int, int]]) -> Tensor:
        if self.size is None:
            return clips
        pairs = zip(clips, corners, strict=True)
        size = self.size
        return torch.stack(
            [clip[..., y : y + size, x : x + size] for clip, (y, x) in pairs]
        )

    def _note(self, drawn: Drawn, sample: object) -> None:
        noted = dict(transform_codes=drawn.codes)
        if self.alpha is not None:
            noted.update(mixup_frames=drawn.frames, mixup_weights=drawn.weights)
        if self.size is not None and 'img_shape' in sample.metainfo:
            noted['img_shape'] = self.size, self.size
        sample.set_metainfo(noted)

    def _check(self, clips: Tensor, data_samples: SampleList) -> None:
        if clips.ndim != 6:
            raise ValueError(
                'SiameseBlending needs clips (N, V, C, T, H, W) or images (N, T, C, H, W)'
                f', got inputs of {clips.ndim} axes'
            )
        if any('transform_codes' in sample.metainfo for sample in data_samples):
            raise ValueError(
                'SiameseBlending got samples that have transform_codes: leave out '
                'SiamesePaths and SpatioTemporalTransform in the train pipeline, it does '
                'both itself'
            )
        height, width = clips.shape[-2:]
        if self.size is not None and self.size > min(height, width):
            raise ValueError(
                f'SiameseBlending cannot crop size={self.size} from clips {height} high '
                f'and {width} wide: leave out the crop in the train pipeline, or size'
            )
        if self.size is None and self.makes_quarter_turns and height != width:
            raise ValueError(
                f'SiameseBlending makes quarter turns, but clips are {height} high and '
                f'{width} wide: set size, to crop a square, or set codes to some of (0, '
                '2, 4, 6, 8, 10, 12, 14)'
            )
