"""The InfoNCE loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ..checks import check_positive, check_same_shape

MIN_LENGTH = 1e-4
"""Features shorter than this share of the batch's mean length count as zero."""


def info_nce(
    query: Tensor,
    key: Tensor,
    temperature: float = 0.1,
    negatives: Tensor | None = None,
    symmetric: bool = False,
) -> Tensor:
    """Compute the InfoNCE loss: the cross entropy of finding each query's key.

    Features are compared by cosine, so their scale does not matter. A feature shorter
    than 1e-4 of the mean length (such as of a still clip, after subtracting its mean over
    time) has no direction. Its cosines and its gradient, which could otherwise explode,
    are set to 0.

    Args:
        query (Tensor): (N, D), floating, features of one path.
        key (Tensor): (N, D), of the other; key n is the positive of query n, the others
            are its negatives.
        temperature (float): Divides the cosines, above 0. Defaults to 0.1.
        negatives (Tensor, optional): (N, M, D), M additional negatives for each query,
            such as the same clip in another order. Defaults to None.
        symmetric (bool): Whether to average with the loss for exchanged queries and keys;
            ``negatives`` are the same in both. Defaults to False.

    Returns:
        Tensor: Scalar, in nats, mean over queries; log(N + M) if all features are the
        same.

    Raises:
        ValueError: If the shapes do not fit, the temperature is not positive, or there is
            only one clip and no ``negatives``.

    Examples:
        >>> same, different = torch.ones(4, 4), torch.eye(4)
        >>> round(float(info_nce(same, same).exp()), 3)  # no better than a guess among 4
        4.0
        >>> round(float(info_nce(different, different).exp()), 3)  # each key is found
        1.0

    Source: InfoNCE, van den Oord et al., arXiv 1807.03748, eq. 4; with cosines and
        ``symmetric`` it is NT-Xent (Chen et al., ICML 2020, eq. 1) without the negatives
        of the same path. Intra-video negatives: Tao et al. (IIC), ACM MM 2020.
    """
    check_positive('temperature', temperature)
    check_same_shape(query, key)
    if len(query) == 1 and negatives is None:
        raise ValueError(
            'contrast needs two clips or more, or negatives; got 1 clip, whose loss is 0 '
            'whatever its features are: raise batch_size, and see EvenBatchSampler'
        )
    query, key = _direction(query), _direction(key)
    if negatives is not None:
        _check_negatives(query, negatives)
        negatives = _direction(negatives)
    loss = _find_keys(query, key, temperature, negatives)
    if symmetric:
        loss = (loss + _find_keys(key, query, temperature, negatives)) / 2
    return loss


def _find_keys(
    query: Tensor, key: Tensor, temperature: float, negatives: Tensor | None
) -> Tensor:
    cosines = query @ key.T
    if negatives is not None:
        extra = torch.einsum('nd,nmd->nm', query, negatives)
        cosines = torch.cat((cosines, extra), dim=1)
    positives = torch.arange(len(query), device=query.device)
    return F.cross_entropy(cosines / temperature, positives)


def _direction(features: Tensor) -> Tensor:
    lengths = features.detach().norm(dim=-1, keepdim=True)
    has_direction = lengths > MIN_LENGTH * lengths.mean()
    return F.normalize(features, dim=-1) * has_direction


def _check_negatives(query: Tensor, negatives: Tensor) -> None:
    count, dimensions = query.shape
    fits = negatives.ndim == 3 and negatives.shape[::2] == (count, dimensions)
    if not fits:
        raise ValueError(
            f'negatives must be (N, M, D) = ({count}, M, {dimensions}), as the queries '
            f'are {tuple(query.shape)}, got {tuple(negatives.shape)}'
        )
