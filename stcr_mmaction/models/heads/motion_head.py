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


@MODELS.register_module()
class MotionHead(BaseModule):
    """Predict the motion in a clip at each position of its maps, by a linear layer.

        maps (N, C', T', H', W') -- convolution 1x1x1 -> (N, t * h * w, T', H', W')
        clips (N, C, T, H, W) -- motion_target ---------> the same shape

    A contrastive loss can be solved by looks and by the position of the crop. This head
    needs more: where, when and how the brightness changes.

    Logs ``loss_motion``: ``loss_weight`` for a prediction of 0, 0 for a perfect one.

    Args:
        in_channels (int): C', channels of the feature maps.
        steps (Sequence[int]): (t, h, w), the time steps, rows and columns that each
            position of the maps is divided into. Defaults to (4, 2, 2).
        loss_weight (float): Weight of the loss. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If ``steps`` are not three counts, or ``loss_weight`` is below 0.

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
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        if len(steps) != 3 or min(steps) < 1:
            raise ValueError(f'steps of MotionHead must be three counts, got {steps}')
        check_weight('loss_weight', loss_weight)
        self.steps = tuple(steps)
        self.loss_weight = loss_weight
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
        share = unexplained_share(predicted, target)
        return dict(loss_motion=self.loss_weight * share)
