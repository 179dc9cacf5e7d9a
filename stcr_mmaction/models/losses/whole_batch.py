"""What the losses share that compare clips with one another."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from mmaction.registry import MODELS
from mmengine.dist import get_world_size
from torch import Tensor, nn
from torch.distributed.nn.functional import all_gather

from ...functional.precision import at_least_single


class WholeBatchLoss(nn.Module):
    """Base of the losses over the clips of all processes; subclasses add ``compute``.

        ψ of each path (N, C', T') -> flatten -> projector -> (N, D)
        |- gather, with gradient -> (N * processes, D) of each path
        |- compute, in single precision -> loss

    Every process computes the same loss of the whole batch, so that the gradient, after
    distributed training has averaged it, is that of one process with all clips.

    Args:
        projector (dict, optional): Config of a :class:`ProjectionMLP` with
            ``in_channels`` C' * T', trained with the backbone and used by this loss
            alone. Defaults to None: the loss sees ψ itself.
    """

    compares_clips = True
    """For :class:`BatchSizeHook`: one clip in all processes is too few."""

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
            Tensor | dict[str, Tensor]: Scalar, or scalars by the name of the term.
        """
        projected = [self.projector(path.flatten(1)) for path in (clean, noise)]
        clean, noise = _gather(torch.stack(projected))
        with _single_precision(clean.device.type):
            return self.compute(clean, noise)

    def compute(self, clean: Tensor, noise: Tensor) -> Tensor | dict[str, Tensor]:
        """Compute the loss of two times (N, D)."""
        raise NotImplementedError


def _single_precision(device_type: str) -> AbstractContextManager:
    """Switch autocast off; a device without it, such as meta, refuses even that."""
    if torch.amp.is_autocast_available(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()


def _gather(paths: Tensor) -> Tensor:
    """(2, N, D) -> (2, N * processes, D), single precision at least."""
    paths = at_least_single(paths)
    return paths if get_world_size() == 1 else torch.cat(all_gather(paths), dim=1)
