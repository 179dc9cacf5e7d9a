"""Sample the frames of clips, in the same way for all arms."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

CLIP_LEN = 16


def draw_batches(
    count: int, size: int, iterations: int, random: np.random.Generator
) -> Iterator[Tensor]:
    """Yield the video indices of each batch; every video is used before one repeats.

    Args:
        count (int): Number of videos.
        size (int): Batch size, limited by the number of videos.
        iterations (int): Number of batches.
        random (np.random.Generator): Random generator.
    """
    size = min(size, count)
    left = np.empty(0, int)
    for _ in range(iterations):
        if len(left) < size:
            left = np.concatenate([left, random.permutation(count)])
        yield torch.from_numpy(left[:size])
        left = left[size:]


def draw_offsets(
    lengths: Tensor, stride: int | None, random: np.random.Generator
) -> Tensor:
    """Draw a training clip of each video.

    Args:
        lengths (Tensor): (N,), int64, frames of the videos.
        stride (int, optional): Stride between frames. None: evenly over a random part,
            0.7 to 1, of the video.
        random (np.random.Generator): Random generator.

    Returns:
        Tensor: (N, 16), int64; after the end of a video its last frame is repeated.
    """
    place = torch.from_numpy(random.random(len(lengths)))[:, None]
    if stride:
        free = (lengths[:, None] - (CLIP_LEN - 1) * stride).clamp(min=1)
        offsets = (place * free).floor() + stride * torch.arange(CLIP_LEN)
    else:
        share = torch.from_numpy(random.uniform(0.7, 1, len(lengths)))[:, None]
        middles = (torch.arange(CLIP_LEN) + 0.5) / CLIP_LEN
        offsets = (place * (1 - share) + share * middles) * lengths[:, None]
    return _within(offsets, lengths)


def spread_offsets(lengths: Tensor, stride: int | None, clips: int) -> list[Tensor]:
    """Spread clips evenly over each video; without a stride there is only one.

    Args:
        lengths (Tensor): (N,), int64.
        stride (int, optional): As in :func:`draw_offsets`.
        clips (int): Clips of each video.

    Returns:
        list[Tensor]: (N, 16), int64, for each clip.
    """
    if stride is None:
        middles = (torch.arange(CLIP_LEN) + 0.5) / CLIP_LEN
        return [_within(middles * lengths[:, None], lengths)]
    free = (lengths[:, None] - (CLIP_LEN - 1) * stride - 1).clamp(min=0)
    starts = [(free * (clip + 0.5) / clips).floor() for clip in range(clips)]
    return [_within(s + stride * torch.arange(CLIP_LEN), lengths) for s in starts]


def _within(offsets: Tensor, lengths: Tensor) -> Tensor:
    return offsets.long().minimum(lengths[:, None] - 1)
