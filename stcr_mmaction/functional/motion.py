"""Motion targets: the changes of a clip in time, on the grid of feature maps."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

STEPS = 4, 2, 2
"""Time steps, rows and columns of the target at each position of a map."""


def motion_target(
    clips: Tensor, maps: Sequence[int], steps: Sequence[int] = STEPS
) -> Tensor:
    """Compute the motion target at each position of feature maps.

    This is the gray clip minus its mean over time, averaged on a grid ``steps`` times as
    fine as the maps. Still parts are 0, whatever they look like.

    Args:
        clips (Tensor): (N, C, T, H, W), floating.
        maps (Sequence[int]): (T', H', W') of the maps.
        steps (Sequence[int]): (t, h, w), the subdivision of each position of the maps.
            Defaults to :data:`STEPS`.

    Returns:
        Tensor: (N, t * h * w, T', H', W').

    Examples:
        >>> still = torch.rand(1, 3, 1, 112, 112).expand(1, 3, 16, 112, 112)
        >>> target = motion_target(still, maps=(2, 7, 7))
        >>> tuple(target.shape), bool(target.abs().max() < 1e-6)
        ((1, 16, 2, 7, 7), True)

    Source: beyond the paper.
    """
    grid = [size * step for size, step in zip(maps, steps, strict=True)]
    gray = clips.mean(dim=1, keepdim=True)
    motion = F.adaptive_avg_pool3d(gray - gray.mean(dim=2, keepdim=True), grid)
    for axis, step in zip((2, 4, 6), steps, strict=True):
        motion = motion.unflatten(axis, (-1, step))  # (N, 1, T', t, H', h, W', w)
    return motion.permute(0, 1, 3, 5, 7, 2, 4, 6).flatten(1, 4)


def unexplained_share(predicted: Tensor, target: Tensor) -> Tensor:
    """Compute the squared error of a prediction, relative to the target's mean square.

    It is 0 for a perfect prediction, and 1 for a prediction of 0. Clips with little
    motion have little weight, as most of their changes are camera noise.

    Args:
        predicted (Tensor): Any shape, floating, in units of the target's root mean
            square.
        target (Tensor): The same shape.

    Returns:
        Tensor: Scalar.

    Examples:
        >>> target = torch.tensor([2.0, -2.0])
        >>> float(unexplained_share(target / 2, target))  # 2 is the root mean square
        0.0
        >>> float(unexplained_share(target * 0, target))
        1.0
    """
    scale = target.square().mean().sqrt().clamp(min=1e-6)
    return F.mse_loss(predicted, target / scale)
