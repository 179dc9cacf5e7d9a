"""The classifier of a linear probe."""

from __future__ import annotations

from typing import Any

from mmaction.models import I3DHead
from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class LinearProbeHead(I3DHead):
    """:class:`I3DHead` that normalizes features before it classifies them.

        maps (N, C', T', H', W') -> mean (N, C') -> batch norm -> dropout -> linear

    Features of different pretrainings have different scales. With normalization, the same
    learning rate works for all.

    Args:
        *args (Any): Arguments of :class:`I3DHead`.
        **kwargs (Any): Arguments of :class:`I3DHead`.

    Raises:
        ValueError: If ``spatial_type`` is not ``'avg'``.

    Source: ``final_bn`` of CoCLR (Han et al., NeurIPS 2020), without scale and shift,
        which the linear layer makes redundant.
    """

    normalizes_clips = True
    """For :class:`BatchSizeHook`: one clip in a process is too few."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.avg_pool is None:
            raise ValueError(
                "LinearProbeHead takes the mean of the maps: spatial_type must be 'avg', "
                f'got {self.spatial_type!r}'
            )
        self.final_bn = nn.BatchNorm1d(self.in_channels, affine=False)

    def forward(self, x: Tensor, **kwargs: Any) -> Tensor:
        """Classify.

        Args:
            x (Tensor): (N, C', T', H', W'), floating.
            **kwargs (Any): Not used.

        Returns:
            Tensor: (N, num_classes), scores before softmax.
        """
        features = self.final_bn(self.avg_pool(x).flatten(1))
        if self.dropout is not None:
            features = self.dropout(features)
        return self.fc_cls(features)
