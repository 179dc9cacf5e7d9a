"""Perturbations of the noise path that need another video of the batch."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from torch import Tensor

from ...checks import check_positive
from ...functional import (
    PixelScale,
    RandomNumbers,
    inter_video_mixup,
    video_cutmix,
    video_mixup,
)
from .augmentation import ClipAugmentation, Drawn, Shape
from .mixup import draw_weights


class OtherVideoAugmentation(ClipAugmentation):
    """Blend each clip with the clip of another video of the batch.

    Each video gets a random partner, never itself. For the noise path of
    :class:`SiameseBlending`. Labels stay as they are.

    Args:
        alpha (float): λ is drawn from Beta(alpha, alpha), above 0. Defaults to 1.0.

    Raises:
        ValueError: If ``alpha`` is not above 0. For a batch: if it has only one video.
    """

    needs_batch = True
    noise_path_only = 'the clean path is the video as it is'

    def __init__(self, alpha: float = 1.0) -> None:
        check_positive('alpha', alpha)
        self.alpha = alpha

    def draw(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw partners, (N,), int64, and the parameters of :meth:`blend`."""
        count = len(random.seeds)
        if count < 2:
            raise ValueError(
                f'{type(self).__name__} needs another video: put it into the noise path '
                'of SiameseBlending in the data_preprocessor, and train with batches of '
                'two videos or more'
            )
        # The partners are a random cycle of the videos; clip v has the partner's clip v.
        order = random.of_samples()[:: random.num_clips].argsort()
        partners = np.empty_like(order)
        partners[order] = np.roll(order, 1)
        clips = partners[:, None] * random.num_clips + np.arange(random.num_clips)
        partners = torch.from_numpy(clips.reshape(-1))
        return dict(partners=partners, **self.draw_blend(random, shape))

    def apply(self, clips: Tensor, drawn: Drawn, scale: PixelScale) -> Tensor:
        """Blend."""
        partners = drawn['partners'].to(clips.device, non_blocking=True)
        return self.blend(clips, clips[partners], drawn)

    def draw_blend(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw λ of each clip."""
        return dict(weights=draw_weights(random, self.alpha))

    @abstractmethod
    def blend(self, clips: Tensor, others: Tensor, drawn: Drawn) -> Tensor:
        """Blend clips (N, C, T, H, W) with those of their partners."""

    def __repr__(self) -> str:
        return f'{type(self).__name__}(alpha={self.alpha})'


@TRANSFORMS.register_module()
class VideoMixup(OtherVideoAugmentation):
    """Interpolate two videos frame by frame. Source: paper §4.2, Table 1 (b)."""

    mixes_labels = True

    def blend(self, clips: Tensor, others: Tensor, drawn: Drawn) -> Tensor:
        """Mix."""
        return video_mixup(clips, others, drawn['weights'])


@TRANSFORMS.register_module()
class InterVideoMixup(OtherVideoAugmentation):
    """Mix one frame of another video into all. Source: paper §4.2, Table 1 (d)."""

    def draw_blend(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw k and λ of each clip."""
        frames = (random.of_clips() * shape[1]).astype(np.int64)
        return dict(frames=torch.from_numpy(frames), **super().draw_blend(random, shape))

    def blend(self, clips: Tensor, others: Tensor, drawn: Drawn) -> Tensor:
        """Mix."""
        return inter_video_mixup(clips, others, drawn['frames'], drawn['weights'])


@TRANSFORMS.register_module()
class VideoCutMix(OtherVideoAugmentation):
    """Paste a patch of another video, at a different place in each frame.

    The patch covers a share λ of the frame, with one λ for each clip, before it is cut
    off at the border.

    Source: paper §4.2, Table 1 (c); the size and place of the patch as in CutMix (Yun
        et al., ICCV 2019), which the paper does not specify.
    """

    mixes_labels = True

    def draw_blend(self, random: RandomNumbers, shape: Shape) -> Drawn:
        """Draw the regions (top, left, bottom, right), (N, T, 4), int64."""
        size = torch.tensor(shape[2:])
        center = torch.from_numpy(random.of_clips(shape[1], 2)) * size
        weights = draw_weights(random, self.alpha)
        half = weights.sqrt().view(-1, 1, 1) * size / 2
        corners = torch.cat([center - half, center + half], dim=-1).round().long()
        return dict(boxes=corners.clamp(min=0).minimum(size.repeat(2)))

    def blend(self, clips: Tensor, others: Tensor, drawn: Drawn) -> Tensor:
        """Paste."""
        return video_cutmix(clips, others, drawn['boxes'])
