"""A backbone that follows another one slowly."""

from __future__ import annotations

from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


def build_target(backbone: nn.Module, momentum: float) -> AveragedModel:
    """Build the exponential moving average of a backbone.

    Its ``update_parameters(backbone)`` copies the weights at the first call, whether they
    were drawn or loaded by then, and from then on sets

        target = momentum * target + (1 - momentum) * backbone

    How often it has been updated is in its state, so that a resumed run goes on. Buffers
    are copied at each call.

    Args:
        backbone (nn.Module): The network to follow; only read.
        momentum (float): 0 (a copy) to below 1.

    Returns:
        AveragedModel: The network, as ``module``, none of whose parameters is trained.

    Raises:
        ValueError: If ``momentum`` is out of range.

    Source: MoCo, He et al., CVPR 2020, eq. 2; Mean Teacher, Tarvainen and Valpola,
        NeurIPS 2017, eq. 2. (mmengine's average counts momentum the other way round and
        has no 0.)
    """
    if not 0 <= momentum < 1:
        raise ValueError(
            f'target_momentum must be 0 or more and below 1, got {momentum}: near 1 the '
            'target moves slowly (0.99), at 0 it is the backbone itself'
        )
    average = get_ema_multi_avg_fn(momentum)
    return AveragedModel(backbone, multi_avg_fn=average).requires_grad_(False)


def learn_from_noise(head: nn.Module | None) -> None:
    """Tell the head that no gradient flows through the clean path."""
    if head is None or getattr(head, 'stop_gradient', None) == 'noise':
        raise ValueError(
            'target_momentum takes the gradient from the clean path of the '
            'consistency_head, so it needs that head, and one without '
            "stop_gradient='noise'"
        )
    head.stop_gradient = 'clean'
