"""Measures of a collapse, in which all inputs get the same feature."""

from __future__ import annotations

import torch
from torch import Tensor


def channel_spread(features: Tensor) -> Tensor:
    """Compute the standard deviation over samples, averaged over channels.

    Args:
        features (Tensor): (N, C), floating, N >= 2.

    Returns:
        Tensor: Scalar, >= 0; 0 if all samples have the same features.

    Examples:
        >>> float(channel_spread(torch.ones(8, 4)))  # collapsed
        0.0
        >>> features = torch.tensor([[1.0, 5], [3, 5]])
        >>> float(channel_spread(features))  # the mean of 1 and 0
        0.5

    Source: the measure in SimSiam (Chen and He, CVPR 2021, §4.1), without its
    normalization of the features.
    """
    return features.std(dim=0, unbiased=False).mean()


def effective_rank(features: Tensor) -> Tensor:
    """Compute the effective number of directions in which samples vary.

    It is the exponential of the entropy of the normalized singular values of the centered
    features.

    Args:
        features (Tensor): (N, C), floating.

    Returns:
        Tensor: Scalar, 1 to min(N - 1, C); 0 if all samples are the same.

    Examples:
        >>> samples = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
        >>> round(float(effective_rank(samples)), 3)
        2.0
        >>> round(float(effective_rank(samples * torch.tensor([1, 0]))), 3)  # on a line
        1.0

    Source: Roy and Vetterli, "The effective rank", EUSIPCO 2007.
    """
    centered = features - features.mean(dim=0)
    values = torch.linalg.svdvals(centered.double())
    # Rounding errors of equal samples do not count as spread.
    rounding = torch.finfo(features.dtype).eps * max(features.shape) * features.norm()
    values = values[values > rounding]
    shares = values / values.sum()
    return torch.exp(torch.special.entr(shares).sum()) if len(values) else values.sum()
