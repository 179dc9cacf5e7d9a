"""Predict motion from feature maps."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checks import check_weight
from ...functional import motion_target, unexplained_share
from ...functional.motion import STEPS
from ...functional.precision import at_least_single
from .training_progress import training_progress


@MODELS.register_module()
class MotionHead(BaseModule):
    """Predict the motion in a clip at each position of its maps, by a linear layer.

        maps (N, C', T', H', W') -- convolution 1x1x1 -> (N, t * h * w, T', H', W')
        clips (N, C, T, H, W) -- motion_target ---------> the same shape

    A contrastive loss can be solved by looks and by the position of the crop. This head
    needs more: where, when and how the brightness changes.

    Logs ``loss_motion``: ``loss_weight`` for a prediction of 0, 0 for a perfect one.

    With ``first=(start, end)``, motion is learned first, as a network that tells videos
    apart by their looks may never learn their motion. The gradients of the
    ``consistency_head`` are scaled by a factor. It rises from 0 to 1 between these shares
    of the training, and is 1 outside a training. It is logged as ``consistency_share``;
    the values of the losses stay as they are.

    Args:
        in_channels (int): C', channels of the feature maps.
        steps (Sequence[int]): (t, h, w), the time steps, rows and columns that each
            position of the maps is divided into. Defaults to (4, 2, 2).
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        first (Sequence[float], optional): (start, end), the shares of the training, 0 to
            1, at which the ``consistency_head`` begins to count, and from which it counts
            fully. Defaults to None: it always does.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If ``steps`` are not three counts, ``loss_weight`` is below 0, or
            ``first`` is not two rising shares.

    Examples:
        >>> head = MotionHead(in_channels=512)
        >>> maps, clips = torch.rand(2, 512, 2, 7, 7), torch.rand(2, 3, 16, 112, 112)
        >>> tuple(head(maps).shape), list(head.loss(maps, clips))
        ((2, 16, 2, 7, 7), ['loss_motion'])

    Source: beyond the paper. See :func:`stcr_mmaction.functional.motion_target`.
    """

    path = 'clean'
    task = 'motion'

    def __init__(
        self,
        in_channels: int,
        steps: Sequence[int] = STEPS,
        loss_weight: float = 1.0,
        first: Sequence[float] | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if len(steps) != 3 or min(steps) < 1:
            raise ValueError(f'steps of MotionHead must be three counts, got {steps}')
        check_weight('loss_weight', loss_weight)
        if first is not None and not _are_rising_shares(first):
            raise ValueError(
                'first of MotionHead must be (start, end), 0 <= start < end <= 1, such '
                f'as (0.3, 0.6), got {first!r}'
            )
        self.steps = tuple(steps)
        self.loss_weight = loss_weight
        self.first = first
        self.decoder = nn.Conv3d(in_channels, math.prod(steps), kernel_size=1)

    def forward(self, maps: Tensor) -> Tensor:
        """(N, C', T', H', W') -> (N, t * h * w, T', H', W')."""
        return self.decoder(maps)

    def loss(self, maps: Tensor, clips: Tensor) -> dict[str, Tensor]:
        """Compare the predicted motion with the motion in the clips.

        Args:
            maps (Tensor): (N, C', T', H', W'), floating.
            clips (Tensor): (N, C, T, H, W), floating, in the orientation of the maps.

        Returns:
            dict[str, Tensor]: ``loss_motion``, a scalar.
        """
        predicted = at_least_single(self(maps))
        target = motion_target(at_least_single(clips), maps.shape[2:], self.steps)
        return dict(loss_motion=self.loss_weight * unexplained_share(predicted, target))

    @property
    def consistency_share(self) -> float | None:
        """Factor of the ``consistency_head`` now, 0 to 1. None without ``first``."""
        if self.first is None:
            return None
        start, end = self.first
        return min(max((training_progress() - start) / (end - start), 0.0), 1.0)


def _are_rising_shares(first: Sequence[float]) -> bool:
    return (
        isinstance(first, Sequence) and len(first) == 2 and 0 <= first[0] < first[1] <= 1
    )
