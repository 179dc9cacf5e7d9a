"""Perturbations of the noise path that need another video, made on the batch."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod

import torch
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from torch import Tensor
from torch.distributions import Beta

from ...checks import check_positive
from ...functional import inter_video_mixup, video_cutmix, video_mixup


class NoisePathBlending(metaclass=ABCMeta):
    """Blend each noise clip with the noise clip of another video of the batch.

    Plugs into the slot ``ActionDataPreprocessor(blending=...)``. Each video gets a random
    partner, never itself; what is drawn is drawn a clip, on the CPU, from torch's
    generator, and the device is not waited for. Labels stay as they are.

    Args:
        alpha (float): λ is drawn from Beta(alpha, alpha), above 0. Defaults to 1.0.

    Raises:
        ValueError: If ``alpha`` is not above 0. When called: if the views are odd in
            number or images, or if there is only one video.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        check_positive('alpha', alpha)
        self.alpha = alpha

    def __call__(
        self, inputs: Tensor, data_samples: SampleList
    ) -> tuple[Tensor, SampleList]:
        """Blend.

        Args:
            inputs (Tensor): (N, 2 * num_clips, C, T, H, W), floating, clean clips first.
            data_samples (SampleList): Passed through.

        Returns:
            tuple[Tensor, SampleList]: New inputs, with the clean clips as they were.
        """
        if inputs.ndim != 6 or inputs.shape[1] % 2 or len(inputs) < 2:
            raise ValueError(
                f'{type(self).__name__} needs two videos or more, each with clean and '
                f'noise clips; got inputs (N, V, C, T, H, W) = {tuple(inputs.shape)}'
            )
        clean, noise = inputs.chunk(2, dim=1)
        partners = draw_partners(len(noise)).to(noise.device, non_blocking=True)
        others = noise[partners]
        blended = self.blend(noise.flatten(0, 1), others.flatten(0, 1))
        return torch.cat([clean, blended.view_as(noise)], dim=1), data_samples

    @abstractmethod
    def blend(self, clips: Tensor, others: Tensor) -> Tensor:
        """Draw and apply; both arguments and the result are (N, C, T, H, W)."""

    def draw_weights(self, count: int) -> Tensor:
        """Draw λ for each clip, (count,), float32, 0 to 1."""
        return Beta(self.alpha, self.alpha).sample((count,))


@MODELS.register_module()
class VideoMixup(NoisePathBlending):
    """Interpolate two videos frame by frame. Source: paper §4.2, Table 1 (b)."""

    def blend(self, clips: Tensor, others: Tensor) -> Tensor:
        """Draw λ and apply."""
        return video_mixup(clips, others, self.draw_weights(len(clips)))


@MODELS.register_module()
class InterVideoMixup(NoisePathBlending):
    """Mix one frame of another video into all. Source: paper §4.2, Table 1 (d)."""

    def blend(self, clips: Tensor, others: Tensor) -> Tensor:
        """Draw k and λ and apply."""
        frames = torch.randint(clips.shape[2], (len(clips),))
        return inter_video_mixup(clips, others, frames, self.draw_weights(len(clips)))


@MODELS.register_module()
class VideoCutMix(NoisePathBlending):
    """Paste a patch of another video, elsewhere in each frame.

    The patch covers a share λ of the frame, one λ a clip, before it is cut off at the
    border.

    Source: paper §4.2, Table 1 (c); the size and place of the patch as in CutMix (Yun
        et al., ICCV 2019), on which the paper is silent.
    """

    def blend(self, clips: Tensor, others: Tensor) -> Tensor:
        """Draw the regions and apply."""
        count, _, length, height, width = clips.shape
        return video_cutmix(clips, others, self.draw_boxes(count, length, height, width))

    def draw_boxes(self, count: int, length: int, height: int, width: int) -> Tensor:
        """Draw (count, length, 4) regions (top, left, bottom, right), int64."""
        size = torch.tensor([height, width])
        centre = torch.rand(count, length, 2) * size
        half = self.draw_weights(count).sqrt().view(-1, 1, 1) * size / 2
        corners = torch.cat([centre - half, centre + half], dim=-1)
        return corners.round().long().clamp(min=0).minimum(size.repeat(2))


def draw_partners(count: int) -> Tensor:
    """Give each of ``count`` videos another one, (count,), int64: a random cycle."""
    order = torch.randperm(count)
    partners = torch.empty_like(order)
    partners[order] = order.roll(1)
    return partners
