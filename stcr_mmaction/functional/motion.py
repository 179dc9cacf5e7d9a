"""Motion as a target: what of a clip changes in time, on the grid of feature maps."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

STEPS = 4, 2, 2
"""Time steps, rows and columns of the target at each place of a map."""


def motion_target(
    clips: Tensor, maps: Sequence[int], steps: Sequence[int] = STEPS
) -> Tensor:
    """Lay what changes in time over the places of feature maps.

    The gray clip without its mean over time, averaged on a grid that is ``steps`` times
    as fine as the maps: what stands still is 0, whatever it looks like.

    Args:
        clips (Tensor): (N, C, T, H, W), floating.
        maps (Sequence[int]): (T', H', W') of the maps.
        steps (Sequence[int]): (t, h, w), what each place of the maps is divided into.
            Defaults to :data:`STEPS`.

    Returns:
        Tensor: (N, t * h * w, T', H', W').

    Source: beyond the paper.
    """
    grid = [size * step for size, step in zip(maps, steps, strict=True)]
    gray = clips.mean(dim=1, keepdim=True)
    motion = F.adaptive_avg_pool3d(gray - gray.mean(dim=2, keepdim=True), grid)
    for axis, step in zip((2, 4, 6), steps, strict=True):
        motion = motion.unflatten(axis, (-1, step))  # (N, 1, T', t, H', h, W', w)
    return motion.permute(0, 1, 3, 5, 7, 2, 4, 6).flatten(1, 4)


def unexplained_share(predicted: Tensor, target: Tensor) -> Tensor:
    """Squared error of a prediction in units of the target's mean square.

    0 if all is predicted, 1 if nothing is. Clips of little motion weigh little: most of
    what changes in them is the noise of the camera.

    Args:
        predicted (Tensor): Any shape, floating, in units of the target's root mean
            square, whatever that is.
        target (Tensor): The same shape.

    Returns:
        Tensor: Scalar.
    """
    scale = target.square().mean().sqrt().clamp(min=1e-6)
    return F.mse_loss(predicted, target / scale)
