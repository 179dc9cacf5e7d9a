"""Heat maps of a network's features."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def heat_maps(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Compute one heat map for each clip from its feature maps.

    It is the mean over channels of the maximum over time, resized to the clip.

    Args:
        maps (Tensor): (N, C', T', H', W'), floating.
        size (tuple[int, int]): Height and width of the clips in pixels.

    Returns:
        Tensor: (N, H, W), of the maps' type, scaled to 0 (minimum) to 1 (maximum); all 0
        if the map is constant.

    Examples:
        >>> heat = heat_maps(torch.rand(2, 512, 2, 7, 7), size=(112, 112))
        >>> tuple(heat.shape), float(heat.min()), float(heat.max())
        ((2, 112, 112), 0.0, 1.0)

    Source: paper §4.4, figure 5.
    """
    heat = maps.amax(dim=2).mean(dim=1, keepdim=True)
    heat = F.interpolate(heat, size, mode='bilinear', align_corners=False).squeeze(1)
    heat = heat - heat.amin(dim=(1, 2), keepdim=True)
    # A constant map is 0, whatever it is divided by.
    return heat / heat.amax(dim=(1, 2), keepdim=True).clamp_min(1e-12)


def moving_pixels(clips: Tensor, threshold: float = 8.0) -> Tensor:
    """Mark the pixels that change.

    Args:
        clips (Tensor): (N, C, T, H, W), pixel values 0 to 255, T >= 2.
        threshold (float): Smallest change between two consecutive frames, averaged over
            channels. Defaults to 8.0, which is above compression noise.

    Returns:
        Tensor: (N, H, W), bool.

    Examples:
        >>> clip = torch.zeros(1, 3, 2, 1, 4)
        >>> clip[:, :, 1, :, :2] = 255  # the left half changes in frame 1
        >>> moving_pixels(clip).tolist()
        [[[True, True, False, False]]]
    """
    gray = clips.float().mean(dim=1)
    return gray.diff(dim=1).abs().amax(dim=1) > threshold


def heat_on_motion(heat: Tensor, moving: Tensor) -> Tensor:
    """Compute the share of heat on moving pixels.

    Args:
        heat (Tensor): (N, H, W), floating, 0 or above.
        moving (Tensor): (N, H, W), bool.

    Returns:
        Tensor: (N,), 0 to 1; NaN for a clip without heat. Compare it with the share of
        moving pixels, which is the value for uniform heat.

    Examples:
        >>> moving = torch.tensor([[[True, True, False, False]]])
        >>> heat_on_motion(torch.tensor([[[3, 3, 1, 1]]]), moving).tolist()
        [0.75]

    Source: our measure of what the paper's figure 5 shows.
    """
    return (heat * moving).sum(dim=(1, 2)) / heat.sum(dim=(1, 2))
