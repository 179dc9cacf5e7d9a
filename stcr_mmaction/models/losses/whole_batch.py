"""Losses that compare clips with one another, to prevent collapse."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from mmaction.registry import MODELS
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.distributed.nn.functional import all_gather

from ...checks import check_positive, check_weight
from ...functional import covariance_penalty, info_nce, variance_hinge
from ...functional.precision import at_least_single


class WholeBatchLoss(nn.Module):
    """Base class of losses over the clips of all processes; subclasses add ``compute``.

        ψ of each path (N, C', T') -> flatten -> projector -> (N, D)
        |- gather, with gradient -> (N * processes, D) of each path
        |- compute, in single precision -> loss

    Every process computes the same loss on the whole batch. After distributed training
    averages the gradients, the result is the same as with one process.

    Args:
        projector (dict, optional): Config of a :class:`ProjectionMLP` with
            ``in_channels`` C' * T', trained with the backbone and only used by this loss.
            Defaults to None: the loss is computed on ψ itself.
    """

    compares_clips = True
    """For :class:`BatchSizeHook`: a single clip in all processes is too few."""

    def __init__(self, projector: dict | None = None) -> None:
        super().__init__()
        self.projector = nn.Identity() if projector is None else MODELS.build(projector)

    def forward(self, clean: Tensor, noise: Tensor) -> Tensor | dict[str, Tensor]:
        """Compute the loss.

        Args:
            clean (Tensor): (N, C', T'), floating, ψ of the clean path. N must be the same
                in all processes.
            noise (Tensor): The same shape, ψ of the un-transformed noise path.

        Returns:
            Tensor | dict[str, Tensor]: A scalar, or scalars by name of the term.
        """
        projected = [self.projector(path.flatten(1)) for path in (clean, noise)]
        clean, noise = _gather(torch.stack(projected))
        with _single_precision(clean.device.type):
            return self.compute(clean, noise)

    def compute(self, clean: Tensor, noise: Tensor) -> Tensor | dict[str, Tensor]:
        """Compute the loss of projected paths, each (N, D)."""
        raise NotImplementedError


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
        """Compute the loss of projected paths, each (N, D)."""
        loss = info_nce(noise, clean, self.temperature, symmetric=self.symmetric)
        return self.loss_weight * loss


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

    Examples:
        >>> terms = VarianceCovarianceLoss()(torch.ones(4, 8, 2), torch.ones(4, 8, 2))
        >>> {name: round(float(term), 2) for name, term in terms.items()}  # collapsed
        {'variance': 1.98, 'covariance': 0.0}

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


def _single_precision(device_type: str) -> AbstractContextManager:
    """Switch autocast off; a device without it, such as meta, refuses even that."""
    if torch.amp.is_autocast_available(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()


def _gather(paths: Tensor) -> Tensor:
    """(2, N, D) -> (2, N * processes, D), single precision at least."""
    paths = at_least_single(paths)
    return paths if get_world_size() == 1 else torch.cat(all_gather(paths), dim=1)
