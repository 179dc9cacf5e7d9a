"""Pool feature maps to a vector."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ..checks import check_choice

FEATURE_POOLINGS = 'mean', 'temporal', 'max2x2'


def pool_features(maps: Tensor, pooling: str = 'mean') -> Tensor:
    """Pool feature maps.

    Args:
        maps (Tensor): (N, C', T', H', W'), floating.
        pooling (str): ``'mean'`` over time and space, C = C'; ``'temporal'``, the mean
            over space only, which keeps the time steps, C = C' T'; ``'max2x2'``, 2 x 2
            max pooling, C = C' T' (H'//2) (W'//2), as in the retrieval of clip order
            prediction. Defaults to 'mean'.

    Returns:
        Tensor: (N, C), of the maps' type.

    Raises:
        ValueError: If ``pooling`` is unknown, or the maps of ``'max2x2'`` are smaller
            than 2 x 2.

    Examples:
        >>> maps = torch.rand(2, 512, 2, 7, 7)
        >>> {name: pool_features(maps, name).shape[1] for name in FEATURE_POOLINGS}
        {'mean': 512, 'temporal': 1024, 'max2x2': 9216}

    Source: 'max2x2' is that of VCOP (Xu et al., CVPR 2019), 512 x 2 x 3 x 3 = 9216 of
        clips of 16 x 112 x 112.
    """
    check_choice('feature_pooling', pooling, FEATURE_POOLINGS)
    if pooling == 'mean':
        return maps.mean(dim=(2, 3, 4))
    if pooling == 'temporal':
        return maps.mean(dim=(3, 4)).flatten(1)
    if min(maps.shape[3:]) < 2:
        raise ValueError(
            "feature_pooling 'max2x2' needs maps of 2 x 2 or more, got "
            f'{tuple(maps.shape[3:])}: use larger clips, or another pooling'
        )
    return F.max_pool3d(maps, kernel_size=(1, 2, 2)).flatten(1)
