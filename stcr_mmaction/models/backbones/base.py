"""Base class of the backbones."""

from __future__ import annotations

from mmengine.model import BaseModule
from torch import Tensor


class ClipBackbone(BaseModule):
    """A backbone that turns clips into feature maps, before any global pooling.

    Args:
        in_channels (int): Channels of the clips.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Attributes:
        out_channels (int): C', channels of the feature maps; set by the subclass.
    """

    out_channels: int

    def __init__(self, in_channels: int, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg=init_cfg)
        self.in_channels = in_channels

    def check_clips(self, clips: Tensor) -> None:
        """Raise a ValueError unless ``clips`` are (N, in_channels, T, H, W)."""
        if clips.ndim != 5 or clips.shape[1] != self.in_channels:
            raise ValueError(
                f'{type(self).__name__} needs clips (N, {self.in_channels}, T, H, W), '
                f'got {tuple(clips.shape)}'
            )
