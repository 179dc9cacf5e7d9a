"""A small MLP, used as projector or predictor."""

from __future__ import annotations

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn


@MODELS.register_module()
class ProjectionMLP(BaseModule):
    """Linear layers with batch normalization and ReLU between them.

    In distributed training each process normalizes over its own clips, unless ``sync_bn``
    is set in the config.

    Args:
        in_channels (int): Channels of the input.
        hidden_channels (int, optional): Channels between the layers. Defaults to None: as
            the input.
        out_channels (int): Channels of the output. Defaults to 128.
        num_layers (int): Linear layers, 1 or more. Defaults to 2.
        norm (bool): Whether to normalize between the layers. Defaults to True.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If a size is below 1. When called: if the input has the wrong number
            of channels.

    Source: the projection head of SimCLR (Chen et al., ICML 2020, §4.2) and the
        predictor of BYOL (Grill et al., NeurIPS 2020) and SimSiam (Chen and He, CVPR
        2021).
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: int | None = None,
        out_channels: int = 128,
        num_layers: int = 2,
        norm: bool = True,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        hidden_channels = in_channels if hidden_channels is None else hidden_channels
        sizes = in_channels, hidden_channels, out_channels, num_layers
        if min(sizes) < 1:
            raise ValueError(
                'ProjectionMLP needs in_channels, hidden_channels, out_channels and '
                f'num_layers of 1 or more, got {sizes}'
            )
        self.in_channels = in_channels
        self.out_channels = out_channels
        # For BatchSizeHook: a single clip in a process is too few.
        self.normalizes_clips = norm and num_layers > 1
        layers = []
        for _ in range(num_layers - 1):
            # The normalization has its own bias.
            layers.append(nn.Linear(in_channels, hidden_channels, bias=not norm))
            layers += [nn.BatchNorm1d(hidden_channels)] if norm else []
            layers.append(nn.ReLU())
            in_channels = hidden_channels
        self.layers = nn.Sequential(*layers, nn.Linear(in_channels, out_channels))

    def forward(self, features: Tensor) -> Tensor:
        """Project.

        Args:
            features (Tensor): (..., in_channels), floating.

        Returns:
            Tensor: (..., out_channels).
        """
        *positions, channels = features.shape
        if channels != self.in_channels:
            raise ValueError(
                f'ProjectionMLP was built with in_channels={self.in_channels}, but gets '
                f'features of {channels} channels: set in_channels={channels}'
            )
        return self.layers(features.flatten(0, -2)).unflatten(0, positions)
