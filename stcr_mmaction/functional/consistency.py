"""The two terms of the consistency regularization, and the pooling ψ before them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from ..checks import check_choice, check_positive, check_same_shape
from .precision import at_least_single

POOLINGS = ('max', 'mean', 'none')
REDUCTIONS = ('mean', 'sum')
DIRECTIONS = ('forward', 'reverse', 'symmetric')


def spatial_pooling(maps: Tensor, pooling: str = 'max') -> Tensor:
    """ψ: reduce space, keep time.

    Args:
        maps (Tensor): (N, C, T, H, W), floating.
        pooling (str): ``'max'``, ``'mean'``, or ``'none'``, which keeps space. Defaults
            to 'max', as in the paper.

    Returns:
        Tensor: (N, C, T), or (N, C, T, H, W) for 'none'.

    Raises:
        ValueError: If ``pooling`` is none of these.

    Examples:
        >>> tuple(spatial_pooling(torch.rand(2, 512, 2, 7, 7)).shape)
        (2, 512, 2)

    Source: paper §3.3, ψ of eq. 5.
    """
    check_choice('pooling', pooling, POOLINGS)
    if pooling == 'max':
        return maps.amax(dim=(-2, -1))
    return maps.mean(dim=(-2, -1)) if pooling == 'mean' else maps


def temporal_wise_distance(
    clean: Tensor, noise: Tensor, reduction: str = 'mean'
) -> Tensor:
    """L_tw: squared distance between the features of the two paths.

    Args:
        clean (Tensor): (N, C, T, ...), floating, ψ of the clean path.
        noise (Tensor): The same shape, ψ of the un-transformed noise path.
        reduction (str): ``'mean'`` over all elements, or ``'sum'`` over the elements of
            a clip, with the mean over clips. Defaults to 'mean'.

    Returns:
        Tensor: Scalar, float32 or wider.

    Raises:
        ValueError: If the shapes differ or ``reduction`` is unknown.

    Examples:
        >>> clean, noise = torch.zeros(2, 8, 4), torch.full((2, 8, 4), 3.0)
        >>> float(temporal_wise_distance(clean, noise))
        9.0
        >>> float(temporal_wise_distance(clean, noise, reduction='sum'))  # 8 * 4 elements
        288.0

    Source: paper §3.3, eq. 5, which does not say whether elements are summed; its
        introduction calls the term a mean-square error, hence the default.
    """
    check_choice('reduction', reduction, REDUCTIONS)
    check_same_shape(clean, noise)
    clean, noise = at_least_single(clean), at_least_single(noise)
    distance = F.mse_loss(noise, clean, reduction=reduction)
    return distance / len(clean) if reduction == 'sum' else distance


def channel_wise_divergence(
    clean: Tensor,
    noise: Tensor,
    temperature: float = 1.0,
    direction: str = 'forward',
) -> Tensor:
    """L_cw: Kullback-Leibler divergence between the channel descriptors of two paths.

    Args:
        clean (Tensor): (N, C), floating, H(ψ(f_c); W1), before the softmax.
        noise (Tensor): (N, C), floating, H(ψ(T^-1(f_n)); W2).
        temperature (float): Divides both before the softmax, above 0. Defaults to 1.
        direction (str): ``'forward'`` is KL(clean || noise), ``'reverse'`` KL(noise ||
            clean), ``'symmetric'`` their mean. Defaults to 'forward', the order in
            which the paper writes the arguments.

    Returns:
        Tensor: Scalar, float32 or wider, in nats, mean over clips.

    Raises:
        ValueError: If the shapes differ, ``direction`` is unknown or the temperature
            not positive.

    Examples:
        >>> clean, noise = torch.tensor([[1.0, 1]]).log(), torch.tensor([[1.0, 3]]).log()
        >>> round(float(channel_wise_divergence(clean, noise)), 3)
        0.144
        >>> round(float(channel_wise_divergence(clean, noise, direction='reverse')), 3)
        0.131

    Source: paper §3.3, eq. 6. The paper does not name a softmax; the divergence needs
        distributions, and this is the usual way to get them.
    """
    check_choice('direction', direction, DIRECTIONS)
    check_positive('temperature', temperature)
    check_same_shape(clean, noise)
    clean = F.log_softmax(at_least_single(clean) / temperature, dim=1)
    noise = F.log_softmax(at_least_single(noise) / temperature, dim=1)
    if direction == 'symmetric':
        return (_kl_divergence(clean, noise) + _kl_divergence(noise, clean)) / 2
    if direction == 'reverse':
        return _kl_divergence(noise, clean)
    return _kl_divergence(clean, noise)


def _kl_divergence(log_p: Tensor, log_q: Tensor) -> Tensor:
    # F.kl_div takes the approximating distribution first: this is KL(p || q).
    return F.kl_div(log_q, log_p, reduction='batchmean', log_target=True)
