"""The variance and covariance terms of VICReg."""

from __future__ import annotations

from torch import Tensor

from ..checks import check_positive


def variance_hinge(
    features: Tensor, target_std: float = 1.0, eps: float = 1e-4
) -> Tensor:
    """Compute how far standard deviations over clips are below a target.

    Args:
        features (Tensor): (N, D), floating, N >= 2.
        target_std (float): Target standard deviation, above 0. Defaults to 1.0.
        eps (float): Added to the variance, so that the gradient stays finite. Defaults
            to 1e-4.

    Returns:
        Tensor: Scalar, mean over dimensions, 0 to ``target_std``.

    Raises:
        ValueError: If the shape is wrong, or ``target_std`` not positive.

    Examples:
        >>> round(float(variance_hinge(torch.ones(4, 8))), 2)  # collapsed
        0.99
        >>> float(variance_hinge(torch.tensor([[-2.0], [2.0]])))  # enough variance
        0.0

    Source: VICReg, Bardes et al., ICLR 2022, eqs. 1 and 2.
    """
    check_positive('target_std', target_std)
    _check_batch(features)
    deviation = (features.var(dim=0) + eps).sqrt()
    return (target_std - deviation).relu().mean()


def covariance_penalty(features: Tensor) -> Tensor:
    """Compute the squared covariances between different dimensions over clips.

    Args:
        features (Tensor): (N, D), floating, N >= 2.

    Returns:
        Tensor: Scalar, >= 0: the sum over pairs of different dimensions, divided by D.

    Raises:
        ValueError: If the shape is wrong.

    Examples:
        >>> float(covariance_penalty(torch.tensor([[0.0, 0], [1, 1]])))  # always equal
        0.25
        >>> float(covariance_penalty(torch.tensor([[0.0, 0], [0, 1], [1, 0], [1, 1]])))
        0.0

    Source: VICReg, Bardes et al., ICLR 2022, eqs. 3 and 4.
    """
    _check_batch(features)
    count, dimensions = features.shape
    centered = features - features.mean(dim=0)
    covariance = centered.T @ centered / (count - 1)
    off_diagonal = covariance - covariance.diagonal().diag()
    return off_diagonal.square().sum() / dimensions


def _check_batch(features: Tensor) -> None:
    if features.ndim != 2 or len(features) < 2:
        raise ValueError(
            'variance and covariance need features (N, D) of two or more clips, got '
            f'{tuple(features.shape)}: raise batch_size, and see EvenBatchSampler if it '
            'is the last batch'
        )
