"""Figures that show a collapse of features: all inputs getting the same feature."""

from __future__ import annotations

import torch
from torch import Tensor


def channel_spread(features: Tensor) -> Tensor:
    """Standard deviation of a channel over the samples, mean over channels.

    Args:
        features (Tensor): (N, C), floating, N >= 2.

    Returns:
        Tensor: Scalar, >= 0; 0 if all samples have the same features.

    Source: the figure that SimSiam (Chen and He, CVPR 2021, §4.1) watches, without its
        normalization of the features.
    """
    return features.std(dim=0, unbiased=False).mean()


def effective_rank(features: Tensor) -> Tensor:
    """How many directions the samples really spread over.

    The exponential of the entropy of the singular values of the centred features,
    taken as a distribution.

    Args:
        features (Tensor): (N, C), floating.

    Returns:
        Tensor: Scalar, 1 to min(N - 1, C); 0 if all samples are the same.

    Source: Roy and Vetterli, "The effective rank", EUSIPCO 2007.
    """
    centred = features - features.mean(dim=0)
    values = torch.linalg.svdvals(centred.double())
    # What remains of equal samples after centring is rounding, not spread.
    rounding = torch.finfo(features.dtype).eps * max(features.shape) * features.norm()
    values = values[values > rounding]
    shares = values / values.sum()
    return torch.exp(torch.special.entr(shares).sum()) if len(values) else values.sum()
