"""The two terms of the consistency regularization, L_tw and L_cw."""

from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor, nn

from ...checks import check_choice, check_positive, check_weight
from ...functional import channel_wise_divergence, temporal_wise_distance
from ...functional.consistency import DIRECTIONS, REDUCTIONS


@MODELS.register_module()
class TemporalWiseLoss(nn.Module):
    """Weighted :func:`stcr_mmaction.functional.temporal_wise_distance`.

    Args:
        loss_weight (float): Weight of the term. Defaults to 1.0, as in the paper.
        reduction (str): ``'mean'`` or ``'sum'`` over the elements of a clip. Defaults to
            'mean'.

    Raises:
        ValueError: If ``reduction`` is unknown or ``loss_weight`` below 0.

    Examples:
        >>> clean, noise = torch.zeros(2, 8, 4), torch.full((2, 8, 4), 3.0)
        >>> float(TemporalWiseLoss(loss_weight=0.5)(clean, noise))
        4.5

    Source: paper §3.3, eq. 5.
    """

    def __init__(self, loss_weight: float = 1.0, reduction: str = 'mean') -> None:
        super().__init__()
        check_choice('reduction', reduction, REDUCTIONS)
        check_weight('loss_weight', loss_weight)
        self.loss_weight = loss_weight
        self.reduction = reduction

    def forward(self, clean: Tensor, noise: Tensor) -> Tensor:
        """Compute the term.

        Args:
            clean (Tensor): (N, C', T', ...), ψ of the clean path.
            noise (Tensor): The same shape, ψ of the un-transformed noise path.

        Returns:
            Tensor: Scalar.
        """
        return self.loss_weight * temporal_wise_distance(clean, noise, self.reduction)


@MODELS.register_module()
class ChannelWiseLoss(nn.Module):
    """Weighted :func:`stcr_mmaction.functional.channel_wise_divergence`.

    Args:
        loss_weight (float): γ. Defaults to 0.1, as in the paper.
        temperature (float): Temperature of the softmax, above 0. Defaults to 1.0.
        direction (str): ``'forward'``, KL(clean || noise), ``'reverse'`` or
            ``'symmetric'``. Defaults to 'forward'.

    Raises:
        ValueError: If ``direction`` is unknown, ``temperature`` not above 0, or
            ``loss_weight`` below 0.

    Examples:
        >>> descriptors = torch.rand(2, 8)
        >>> float(ChannelWiseLoss()(descriptors, descriptors))
        0.0

    Source: paper §3.3, eqs. 6 and 7.
    """

    def __init__(
        self,
        loss_weight: float = 0.1,
        temperature: float = 1.0,
        direction: str = 'forward',
    ) -> None:
        super().__init__()
        check_choice('direction', direction, DIRECTIONS)
        check_positive('temperature', temperature)
        check_weight('loss_weight', loss_weight)
        self.loss_weight = loss_weight
        self.temperature = temperature
        self.direction = direction

    def forward(self, clean: Tensor, noise: Tensor) -> Tensor:
        """Compute the term.

        Args:
            clean (Tensor): (N, C'), channel descriptor of the clean path, any real
                numbers.
            noise (Tensor): (N, C'), channel descriptor of the noise path.

        Returns:
            Tensor: Scalar.
        """
        return self.loss_weight * channel_wise_divergence(
            clean, noise, self.temperature, self.direction
        )
