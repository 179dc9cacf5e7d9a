"""Changes of appearance that leave the motion: what only looks alike differs then.

All functions take ``(N, C, T, H, W)`` clips and return new clips. Integer clips are
computed in float32, rounded to the nearest, and clamped to their dtype.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..checks import check_one_per_clip
from .pixels import in_float


def mix_colours(clips: Tensor, matrices: Tensor, pivot: float) -> Tensor:
    """Mix the channels of a clip: M (x - pivot) + pivot.

    Args:
        clips (Tensor): (N, C, T, H, W).
        matrices (Tensor): (N, C, C), floating, M of each clip.
        pivot (float): The value, in the unit of the pixels, that grey keeps.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If there is not one C x C matrix for each clip.

    Source: beyond the paper; the common colour distortion (SimCLR, Chen et al., ICML
        2020, appendix A) as one linear map that may also swap and invert colours.
    """
    count, channels = clips.shape[:2]
    if matrices.shape != (count, channels, channels):
        raise ValueError(
            f'matrices must be {(count, channels, channels)}, one for each clip, got '
            f'{tuple(matrices.shape)}'
        )

    def mix(pixels: Tensor) -> Tensor:
        matrix = matrices.to(pixels)
        return torch.einsum('nij,njthw->nithw', matrix, pixels - pivot) + pivot

    return in_float(mix, clips)


def temporal_gradient(clips: Tensor, gain: float, pivot: float) -> Tensor:
    """Replace each frame by its difference to the next one: gain (x' - x) + pivot.

    What stands still becomes the pivot, whatever it looks like. The last difference
    is repeated, so that the clip keeps its length.

    Args:
        clips (Tensor): (N, C, T, H, W), T of 2 or more.
        gain (float): Factor of the difference.
        pivot (float): The value, in the unit of the pixels, of no change.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If there is one frame only.

    Source: beyond the paper; consistency between frames and temporal gradients: Xiao
        et al., "Learning from Temporal Gradient for Semi-supervised Action
        Recognition", CVPR 2022.
    """
    if clips.shape[2] < 2:
        raise ValueError('a temporal gradient needs clips of 2 frames or more, got 1')

    def differentiate(pixels: Tensor) -> Tensor:
        change = pixels.diff(dim=2).mul_(gain).add_(pivot)
        return torch.cat([change, change[:, :, -1:]], dim=2)

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
    return torch.where(chosen.view(-1, 1, 1, 1, 1), changed, clips)
