"""L_tw."""

from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor, nn

from ...checks import check_choice, check_weight
from ...functional import temporal_wise_distance
from ...functional.consistency import REDUCTIONS


@MODELS.register_module()
class TemporalWiseLoss(nn.Module):
    """Weighted :func:`stcr_mmaction.functional.temporal_wise_distance`.

    Args:
        loss_weight (float): Weight of the term. Defaults to 1.0, the paper's.
        reduction (str): ``'mean'`` or ``'sum'`` over the elements of a clip. Defaults to
            'mean'.

    Raises:
        ValueError: If ``reduction`` is unknown or ``loss_weight`` below 0.

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
