"""Pretext task: which transformation was it?"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...functional import NUM_CODES


@MODELS.register_module()
class TransformCodeHead(BaseModule):
    """Classify the transformation code of the noise path.

    A pretext head has one method, ``loss(clean, noise, codes)``; others follow it.

    Args:
        in_channels (int): C', channels of the feature maps.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Source: not in the paper, which names the arrow of time and clip order as pretext
        tasks; rotation prediction (Gidaris et al., ICLR 2018) over all 16 codes.
    """

    def __init__(
        self,
        in_channels: int,
        dropout_ratio: float = 0.5,
        loss_weight: float = 1.0,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        self.loss_weight = loss_weight
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.dropout = nn.Dropout(dropout_ratio)
        self.fc = nn.Linear(in_channels, NUM_CODES)

    def forward(self, maps: Tensor) -> Tensor:
        """Classify.

        Args:
            maps (Tensor): (N, C', T', H', W'), floating.

        Returns:
            Tensor: (N, 16), logits of the codes.
        """
        return self.fc(self.dropout(self.pool(maps).flatten(1)))

    def loss(
        self, clean: Tensor, noise: Tensor, codes: Sequence[int]
    ) -> dict[str, Tensor]:
        """Compute the cross entropy of the noise path's codes.

        Args:
            clean (Tensor): (N, C', T', H', W'), not used by this task.
            noise (Tensor): (N, C', T', H', W'), maps of the transformed path.
            codes (Sequence[int]): N transformation codes.

        Returns:
            dict[str, Tensor]: ``loss_transform_code`` and the accuracy
            ``acc_transform_code``, 0 to 1.
        """
        logits = self(noise)
        target = torch.tensor(codes).to(logits.device, non_blocking=True)
        correct = logits.argmax(dim=1) == target
        return dict(
            loss_transform_code=self.loss_weight * F.cross_entropy(logits, target),
            acc_transform_code=correct.float().mean(),
        )
