"""Variance and covariance of each path."""

from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor

from ...checks import check_positive, check_weight
from ...functional import covariance_penalty, variance_hinge
from .whole_batch import WholeBatchLoss


@MODELS.register_module()
class VarianceCovarianceLoss(WholeBatchLoss):
    """VICReg's terms against collapse, each summed over the two paths.

    Its invariance term is L_tw; these two go beside it.

    Args:
        variance_weight (float): Of the variance hinge; 0 leaves it out. Defaults to 1.0.
        covariance_weight (float): Of the covariances; 0 leaves them out. Defaults to
            0.04. Both defaults are VICReg's (25, 25, 1) for an L_tw of weight 1.
        target_std (float): Standard deviation that every dimension is to have, above 0.
            Defaults to 1.0.
        projector (dict, optional): Config of a :class:`ProjectionMLP` with
            ``in_channels`` C' * T'. Defaults to None.

    Raises:
        ValueError: If a weight is below 0 or both are 0, or ``target_std`` is not above
            0. When called: if the batch has one clip.

    Source: VICReg, Bardes et al., ICLR 2022, eq. 6. Not in the paper.
    """

    def __init__(
        self,
        variance_weight: float = 1.0,
        covariance_weight: float = 0.04,
        target_std: float = 1.0,
        projector: dict | None = None,
    ) -> None:
        super().__init__(projector)
        check_positive('target_std', target_std)
        check_weight('variance_weight', variance_weight)
        check_weight('covariance_weight', covariance_weight)
        if variance_weight == 0 and covariance_weight == 0:
            raise ValueError(
                'VarianceCovarianceLoss has no term left: give variance_weight or '
                'covariance_weight a value above 0, or leave the loss out'
            )
        self.variance_weight = variance_weight
        self.covariance_weight = covariance_weight
        self.target_std = target_std

    def compute(self, clean: Tensor, noise: Tensor) -> dict[str, Tensor]:
        """Compute ``variance`` and ``covariance`` of two times (N, D)."""
        terms = {}
        if self.variance_weight:
            hinges = [variance_hinge(path, self.target_std) for path in (clean, noise)]
            terms['variance'] = self.variance_weight * sum(hinges)
        if self.covariance_weight:
            penalties = [covariance_penalty(path) for path in (clean, noise)]
            terms['covariance'] = self.covariance_weight * sum(penalties)
        return terms
