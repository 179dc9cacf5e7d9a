"""Change the appearance of clips, but not their motion.

All functions take ``(N, C, T, H, W)`` clips and return new clips. Integer clips are
computed in float32, rounded to the nearest, and clamped to their dtype.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..checks import check_one_per_clip
from .pixels import Limits, clamp, in_float, per_channel


def mix_colors(
    clips: Tensor,
    matrices: Tensor,
    pivot: float | Tensor,
    limits: Limits | None = None,
) -> Tensor:
    """Mix the channels of a clip: M (x - pivot) + pivot.

    Args:
        clips (Tensor): (N, C, T, H, W).
        matrices (Tensor): (N, C, C), floating, M of each clip.
        pivot (float | Tensor): Value of gray, which does not change, or (C,) values.
        limits (Limits, optional): Range to clamp to. Defaults to None.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If there is not one C x C matrix for each clip.

    Examples:
        >>> pixel = torch.tensor([10, 20, 30]).view(1, 3, 1, 1, 1)
        >>> swap = torch.eye(3).flip(0)[None]  # red and blue
        >>> mix_colors(pixel, swap, pivot=127.5).flatten().tolist()
        [30, 20, 10]

    Source: beyond the paper; the common color distortion (SimCLR, Chen et al., ICML
        2020, appendix A) as one linear map that may also swap and invert colors.
    """
    count, channels = clips.shape[:2]
    if matrices.shape != (count, channels, channels):
        raise ValueError(
            f'matrices must be {(count, channels, channels)}, one for each clip, got '
            f'{tuple(matrices.shape)}'
        )
    pivot = torch.as_tensor(pivot, dtype=matrices.dtype).expand(channels)
    offsets = pivot - matrices @ pivot  # (N, C), to need only one pass over the pixels

    def mix(pixels: Tensor) -> Tensor:
        matrix, offset = (
            numbers.to(pixels.device, pixels.dtype, non_blocking=True)
            for numbers in (matrices, offsets)
        )
        return clamp(_map_channels(pixels, matrix, offset), limits)

    return in_float(mix, clips)


def temporal_gradient(
    clips: Tensor,
    gain: float,
    pivot: float | Tensor,
    limits: Limits | None = None,
) -> Tensor:
    """Replace each frame by its difference to the next one: gain (x' - x) + pivot.

    What stands still becomes the pivot, whatever it looks like. The last difference
    is repeated, so that the clip keeps its length.

    Args:
        clips (Tensor): (N, C, T, H, W), T of 2 or more.
        gain (float): Factor of the difference.
        pivot (float | Tensor): The value of no change, or (C,) values.
        limits (Limits, optional): Range to clamp to. Defaults to None.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If there is one frame only.

    Examples:
        >>> pixel = torch.tensor([50, 50, 60]).view(1, 1, 3, 1, 1)  # in three frames
        >>> temporal_gradient(pixel, gain=2, pivot=128).flatten().tolist()
        [128, 148, 148]

    Source: beyond the paper; consistency between frames and temporal gradients: Xiao
        et al., "Learning from Temporal Gradient for Semi-supervised Action
        Recognition", CVPR 2022.
    """
    if clips.shape[2] < 2:
        raise ValueError('a temporal gradient needs clips of 2 frames or more, got 1')

    def differentiate(pixels: Tensor) -> Tensor:
        changes = torch.empty_like(pixels)
        torch.sub(pixels[:, :, 1:], pixels[:, :, :-1], out=changes[:, :, :-1])
        changes[:, :, -1] = changes[:, :, -2]
        changes.mul_(gain).add_(per_channel(pivot, pixels))
        return clamp(changes, limits)

    return in_float(differentiate, clips)


def choose_clips(chosen: Tensor, changed: Tensor, clips: Tensor) -> Tensor:
    """Take the changed clips where chosen, the others as they are.

    Args:
        chosen (Tensor): (N,), bool.
        changed (Tensor): (N, C, T, H, W).
        clips (Tensor): The same shape and dtype.

    Returns:
        Tensor: (N, C, T, H, W).

    Raises:
        ValueError: If there is not one choice for each clip.
    """
    check_one_per_clip(clips, chosen=chosen)
    chosen = chosen.to(clips.device, non_blocking=True).view(-1, 1, 1, 1, 1)
    return torch.where(chosen, changed, clips)


def _map_channels(pixels: Tensor, matrix: Tensor, offset: Tensor) -> Tensor:
    """(N, C, C) and (N, C) to the pixels (N, C, T, H, W), which keep their layout."""
    if pixels.stride(1) == 1:  # channels last
        rows = pixels.movedim(1, -1)
        mixed = torch.baddbmm(offset[:, None], rows.flatten(1, 3), matrix.mT)
        return mixed.view_as(rows).movedim(-1, 1)
    return torch.baddbmm(offset[..., None], matrix, pixels.flatten(2)).view_as(pixels)
