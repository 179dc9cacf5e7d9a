"""Contrast of the two paths."""

from __future__ import annotations

from mmaction.registry import MODELS
from torch import Tensor

from ...checks import check_positive, check_weight
from ...functional import info_nce
from .whole_batch import WholeBatchLoss


@MODELS.register_module()
class InfoNCELoss(WholeBatchLoss):
    """Weighted :func:`stcr_mmaction.functional.info_nce` over the whole batch.

    It can stand alone. Beside L_tw at full weight it does not always prevent a collapse:
    cosines have no scale, and their gradient vanishes where all features are nearly the
    same. Then lower the weight of L_tw, or leave it out (``loss_temporal=None``).

    Args:
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        temperature (float): Divides the cosines, above 0. Defaults to 0.1.
        symmetric (bool): Whether each path looks for the other, or the noise path for
            the clean one alone. Defaults to True.
        projector (dict, optional): Config of a :class:`ProjectionMLP` with
            ``in_channels`` C' * T'. Defaults to None.

    Raises:
        ValueError: If ``temperature`` is not above 0, or ``loss_weight`` below 0.

    Source: van den Oord et al., arXiv 1807.03748; SimCLR, Chen et al., ICML 2020. Not in
        the paper.
    """

    def __init__(
        self,
        loss_weight: float = 1.0,
        temperature: float = 0.1,
        symmetric: bool = True,
        projector: dict | None = None,
    ) -> None:
        super().__init__(projector)
        check_positive('temperature', temperature)
        check_weight('loss_weight', loss_weight)
        self.loss_weight = loss_weight
        self.temperature = temperature
        self.symmetric = symmetric

    def compute(self, clean: Tensor, noise: Tensor) -> Tensor:
        """Compute the loss of two times (N, D)."""
        loss = info_nce(noise, clean, self.temperature, symmetric=self.symmetric)
        return self.loss_weight * loss
