"""Where in a clip a network's features are active."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def heat_maps(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Draw feature maps together to one picture a clip.

    The maximum over time of each channel, their mean over channels, enlarged.

    Args:
        maps (Tensor): (N, C', T', H', W'), floating.
        size (tuple[int, int]): Height and width of the clips in pixels.

    Returns:
        Tensor: (N, H, W), of the maps' type, from 0, the coldest pixel, to 1, the
        hottest; 0 everywhere if there is no difference.

    Source: paper §4.4, figure 5.
    """
    heat = maps.amax(dim=2).mean(dim=1, keepdim=True)
    heat = F.interpolate(heat, size, mode='bilinear', align_corners=False).squeeze(1)
    heat = heat - heat.amin(dim=(1, 2), keepdim=True)
    # Where all is equal the heat is 0, whatever it is divided by.
    return heat / heat.amax(dim=(1, 2), keepdim=True).clamp_min(1e-12)


def moving_pixels(clips: Tensor, threshold: float = 8.0) -> Tensor:
    """Mark the pixels that change.

    Args:
        clips (Tensor): (N, C, T, H, W), grey levels 0 to 255, T >= 2.
        threshold (float): Grey levels by which a pixel has to change, in the mean over
            channels and from one frame to the next somewhere in the clip. Defaults to
            8.0, above what compression does.

    Returns:
        Tensor: (N, H, W), bool.
    """
    grey = clips.float().mean(dim=1)
    return grey.diff(dim=1).abs().amax(dim=1) > threshold


def heat_on_motion(heat: Tensor, moving: Tensor) -> Tensor:
    """Tell how much of the heat is on moving pixels.

    Args:
        heat (Tensor): (N, H, W), floating, 0 or above.
        moving (Tensor): (N, H, W), bool.

    Returns:
        Tensor: (N,), 0 to 1, the share; NaN for a clip without heat. Compare it with the
        share of pixels that move, which is what evenly spread heat has.

    Source: the measure is this project's, for what the paper's figure 5 shows.
    """
    return (heat * moving).sum(dim=(1, 2)) / heat.sum(dim=(1, 2))
