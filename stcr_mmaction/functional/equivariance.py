"""How far a network's maps follow the transformations of its clips."""

from __future__ import annotations

from torch import Tensor


def transformation_consistency(maps: Tensor) -> Tensor:
    """Score the maps of transformed clips, with the transformations undone.

    With u the maps, at each place of each channel, the score is

        1 - E[(u - mean of u over the codes)^2] / E[(u - mean of u over all)^2]

    with the mean over all taken for each clip and channel over codes, time and space: the
    share of the variance that does not depend on how the clip was transformed. It is 1
    if, and only if, the maps of all codes are the same, as they are for an exactly
    equivariant network; if the codes have nothing in common it is about 1/K.

    Args:
        maps (Tensor): (N, K, C', T', H', W'), floating, K >= 2 codes of N clips, of which
            :func:`invert_clips` has undone the transformations.

    Returns:
        Tensor: (N,), float64, 0 to 1; NaN for a clip whose maps are constant, which are
        equivariant and say nothing.

    Raises:
        ValueError: If there are fewer than 2 codes, or another number of axes.

    Source: the measure is this project's, for what the paper's figure 4 shows.
    """
    if maps.ndim != 6 or maps.shape[1] < 2:
        raise ValueError(
            "maps must be (N, K, C', T', H', W') of K >= 2 codes, got "
            f'{tuple(maps.shape)}'
        )
    maps = maps.double()
    apart = (maps - maps.mean(1, keepdim=True)).square().flatten(1).mean(1)
    all_but_channel = (1, 3, 4, 5)
    total = (maps - maps.mean(all_but_channel, keepdim=True)).square()
    return 1 - apart / total.flatten(1).mean(1)
