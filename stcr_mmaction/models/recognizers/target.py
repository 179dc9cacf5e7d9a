"""The target network: a moving average of the backbone."""

from __future__ import annotations

from torch import nn, no_grad, where
from torch.optim.swa_utils import AveragedModel


class MovingAverage(AveragedModel):
    """:class:`AveragedModel` that updates without waiting for the device.

    The result is the same, but the counter is not read.

    Args:
        model (nn.Module): The network to average; not changed.
        momentum (float): Weight of the previous average, from the second update on.
    """

    def __init__(self, model: nn.Module, momentum: float) -> None:
        super().__init__(model)
        self.momentum = momentum

    @no_grad()
    def update_parameters(self, model: nn.Module) -> None:
        """Copy the network at the first update; average from the second on."""
        share = where(self.n_averaged == 0, 1.0, 1 - self.momentum)
        pairs = zip(self.module.parameters(), model.parameters(), strict=True)
        for ours, theirs in pairs:
            ours.lerp_(theirs, share.to(ours.dtype))
        for ours, theirs in zip(self.module.buffers(), model.buffers(), strict=True):
            ours.copy_(theirs)
        self.n_averaged += 1


def build_target(backbone: nn.Module, momentum: float) -> MovingAverage:
    """Build the exponential moving average of a backbone.

    Its ``update_parameters(backbone)`` copies the weights at the first call, and sets
    after that

        target = momentum * target + (1 - momentum) * backbone

    The number of updates is part of its state, so a resumed run continues. Buffers are
    copied at each call.

    Args:
        backbone (nn.Module): The network to average; not changed.
        momentum (float): 0 (a copy) to below 1.

    Returns:
        MovingAverage: The average, as ``module``, without trainable parameters.

    Raises:
        ValueError: If ``momentum`` is out of range.

    Source: MoCo, He et al., CVPR 2020, eq. 2; Mean Teacher, Tarvainen and Valpola,
        NeurIPS 2017, eq. 2. (mmengine's average defines momentum the other way round and
        does not allow a copy.)
    """
    if not 0 <= momentum < 1:
        raise ValueError(
            f'target_momentum must be 0 or more and below 1, got {momentum}: near 1 the '
            'target moves slowly (0.99), at 0 it is the backbone itself'
        )
    return MovingAverage(backbone, momentum).requires_grad_(False)


def stop_clean_gradient(head: dict | None) -> dict:
    """Return the config of the head with ``stop_gradient='clean'``.

    Args:
        head (dict, optional): Config of the consistency head.

    Raises:
        ValueError: If there is no head, or it has ``stop_gradient='noise'``.
    """
    if head is None or head.get('stop_gradient') == 'noise':
        raise ValueError(
            'target_momentum takes the gradient from the clean path of the '
            'consistency_head, so it needs that head, and one without '
            "stop_gradient='noise'"
        )
    return {**head, 'stop_gradient': 'clean'}
