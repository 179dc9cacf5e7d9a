"""Intra-Video Mixup, and the other perturbations in the paper's Table 1.

All functions take ``(N, C, T, H, W)`` clips and one parameter (or box) for each clip, and
return new clips. Integer clips are mixed in float32 and rounded to the nearest.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ..checks import check_one_per_clip
from .pixels import Limits, clamp, in_float


def intra_video_mixup(clips: Tensor, frame_index: Tensor, weight: Tensor) -> Tensor:
    """Mix one frame of a clip into all of its frames: (1 - λ) x_j + λ x_k.

    Args:
        clips (Tensor): (N, C, T, H, W), floating or integer, such as uint8.
        frame_index (Tensor): (N,), integer, k of each clip, 0 to T - 1.
        weight (Tensor): (N,), floating, λ of each clip, 0 to 1.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If there is not one index and one weight a clip.
        IndexError: If an index is not in the clip (on a device, as a device error).

    Examples:
        >>> pixel = torch.tensor([0, 10, 20]).view(1, 1, 3, 1, 1)  # in three frames
        >>> last, half = torch.tensor([2]), torch.tensor([0.5])
        >>> intra_video_mixup(pixel, last, half).flatten().tolist()
        [10, 15, 20]

    Source: paper §3.2.2, eq. 4.
    """
    return inter_video_mixup(clips, clips, frame_index, weight)


def inter_video_mixup(
    clips: Tensor, others: Tensor, frame_index: Tensor, weight: Tensor
) -> Tensor:
    """Mix one frame of another video into all frames of a clip.

    Args:
        clips (Tensor): (N, C, T, H, W).
        others (Tensor): (N, C, T, H, W), the clip that the frame is taken from.
        frame_index (Tensor): (N,), integer, which frame of ``others``, 0 to T - 1.
        weight (Tensor): (N,), floating, share of the other video, 0 to 1.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If there is not one index and one weight a clip.

    Examples:
        >>> other = torch.tensor([20, 40, 60]).view(1, 1, 3, 1, 1)
        >>> black, last, half = other * 0, torch.tensor([2]), torch.tensor([0.5])
        >>> inter_video_mixup(black, other, last, half).flatten().tolist()
        [30, 30, 30]

    Source: paper §4.2, Table 1 (d).
    """
    check_one_per_clip(clips, frame_index=frame_index, weight=weight)
    frame_index = frame_index.to(others.device, non_blocking=True).long()
    batch = torch.arange(len(others), device=others.device)
    still = others[batch, :, frame_index].unsqueeze(2)  # (N, C, 1, H, W)
    return _mix(clips, still, weight)


def video_mixup(clips: Tensor, others: Tensor, weight: Tensor) -> Tensor:
    """Interpolate two videos frame by frame: (1 - λ) x_j + λ y_j.

    Args:
        clips (Tensor): (N, C, T, H, W).
        others (Tensor): (N, C, T, H, W).
        weight (Tensor): (N,), floating, share of ``others``, 0 to 1.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If there is not one weight a clip.

    Examples:
        >>> other = torch.tensor([20, 40, 60]).view(1, 1, 3, 1, 1)
        >>> video_mixup(other * 0, other, torch.tensor([0.5])).flatten().tolist()
        [10, 20, 30]

    Source: paper §4.2, Table 1 (b).
    """
    check_one_per_clip(clips, weight=weight)
    return _mix(clips, others, weight)


def video_cutmix(clips: Tensor, others: Tensor, boxes: Tensor) -> Tensor:
    """Replace a region of each frame by the patch of another video's frame.

    Args:
        clips (Tensor): (N, C, T, H, W).
        others (Tensor): (N, C, T, H, W).
        boxes (Tensor): (N, T, 4), integer, (top, left, bottom, right) of the region in
            each frame, in pixels, bottom and right not included.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Raises:
        ValueError: If ``boxes`` is not (N, T, 4).

    Examples:
        >>> other = torch.tensor([[1, 2, 3], [4, 5, 6]]).view(1, 1, 1, 2, 3)
        >>> right = torch.tensor([[[0, 1, 2, 3]]])
        >>> video_cutmix(other * 0, other, right).tolist()
        [[[[[0, 2, 3], [0, 5, 6]]]]]

    Source: paper §4.2, Table 1 (c). We conclude that the patch is from another video,
        since the paper says that the semantics are not kept.
    """
    count, _, length, height, width = clips.shape
    if boxes.shape != (count, length, 4):
        raise ValueError(
            f'boxes must be (N, T, 4) = {(count, length, 4)}, got {tuple(boxes.shape)}'
        )
    boxes = boxes.to(clips.device, non_blocking=True)
    top, left, bottom, right = boxes[..., None].unbind(2)  # each (N, T, 1)
    rows = torch.arange(height, device=clips.device)
    columns = torch.arange(width, device=clips.device)
    in_rows = (rows >= top) & (rows < bottom)  # (N, T, H)
    in_columns = (columns >= left) & (columns < right)  # (N, T, W)
    in_box = in_rows[..., :, None] & in_columns[..., None, :]  # (N, T, H, W)
    return torch.where(in_box[:, None], others, clips)


def spatial_noise(clips: Tensor, noise: Tensor, limits: Limits | None = None) -> Tensor:
    """Add one noise image to all frames of a clip.

    Args:
        clips (Tensor): (N, C, T, H, W). Integer clips are clamped to their dtype.
        noise (Tensor): (N, C, H, W), floating, in the unit of the pixels.
        limits (Limits, optional): What to clamp to. Defaults to None.

    Returns:
        Tensor: (N, C, T, H, W), dtype of ``clips``.

    Examples:
        >>> pixel = torch.tensor([100, 250], dtype=torch.uint8).view(1, 1, 2, 1, 1)
        >>> noise = torch.full((1, 1, 1, 1), 10.0)
        >>> spatial_noise(pixel, noise).flatten().tolist()
        [110, 255]

    Source: paper §4.2, Table 1 (a).
    """
    noise = noise.unsqueeze(2)

    def add(pixels: Tensor) -> Tensor:
        return clamp(pixels + noise.to(pixels), limits)

    return in_float(add, clips)


def _mix(clips: Tensor, others: Tensor, weight: Tensor) -> Tensor:
    """Interpolate, with ``others`` (N, C, T or 1, H, W)."""
    weight = weight.view(-1, 1, 1, 1, 1)

    def interpolate(pixels: Tensor) -> Tensor:
        share = weight.to(pixels.device, pixels.dtype, non_blocking=True)
        return torch.lerp(pixels, others.to(pixels.dtype), share)

    return in_float(interpolate, clips)
