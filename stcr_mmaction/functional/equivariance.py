"""Measure the equivariance of feature maps to transformations of clips."""

from __future__ import annotations

from torch import Tensor


def transformation_consistency(maps: Tensor) -> Tensor:
    """Score how equal the maps of transformed clips are after inversion.

    With u the maps at each position and channel, the score is

        1 - E[(u - mean of u over the codes)^2] / E[(u - mean of u over all)^2]

    where the mean over all is over codes, time and space, for each clip and channel. This
    is the share of variance that does not depend on the transformation. It is 1 if and
    only if the maps of all codes are equal, as for an exactly equivariant network. If the
    maps of the codes are unrelated, it is about 1/K.

    Args:
        maps (Tensor): (N, K, C', T', H', W'), floating, for K >= 2 codes of N clips,
            after :func:`invert_clips`.

    Returns:
        Tensor: (N,), float64, 0 to 1; NaN for a clip with constant maps.

    Raises:
        ValueError: If there are fewer than 2 codes, or another number of axes.

    Examples:
        >>> maps = torch.rand(2, 1, 8, 2, 7, 7).expand(2, 16, 8, 2, 7, 7)
        >>> transformation_consistency(maps).tolist()  # the same for all codes
        [1.0, 1.0]

    Source: our measure of what the paper's figure 4 shows.
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
