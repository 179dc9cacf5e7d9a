"""Inception-I3D."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .base import ClipBackbone
from .r3d import Triple

# Convolution: (channels, kernel size, stride). Pooling: (kernel size, stride).
# Inception: channels of 1x1 | 1x1, 3x3 | 1x1, 3x3 | pooling, 1x1.
ENDPOINTS = dict(
    Conv3d_1a_7x7=(64, (7, 7, 7), (2, 2, 2)),
    MaxPool3d_2a_3x3=((1, 3, 3), (1, 2, 2)),
    Conv3d_2b_1x1=(64, (1, 1, 1), (1, 1, 1)),
    Conv3d_2c_3x3=(192, (3, 3, 3), (1, 1, 1)),
    MaxPool3d_3a_3x3=((1, 3, 3), (1, 2, 2)),
    Mixed_3b=(64, 96, 128, 16, 32, 32),
    Mixed_3c=(128, 128, 192, 32, 96, 64),
    MaxPool3d_4a_3x3=((3, 3, 3), (2, 2, 2)),
    Mixed_4b=(192, 96, 208, 16, 48, 64),
    Mixed_4c=(160, 112, 224, 24, 64, 64),
    Mixed_4d=(128, 128, 256, 24, 64, 64),
    Mixed_4e=(112, 144, 288, 32, 64, 64),
    Mixed_4f=(256, 160, 320, 32, 128, 128),
    MaxPool3d_5a_2x2=((2, 2, 2), (2, 2, 2)),
    Mixed_5b=(256, 160, 320, 32, 128, 128),
    Mixed_5c=(384, 192, 384, 48, 128, 128),
)


def pad_same(maps: Tensor, kernel_size: Triple, stride: Triple) -> Tensor:
    """Pad like SAME in TensorFlow, so that size n becomes ceil(n / stride).

    Args:
        maps (Tensor): (N, C, T, H, W), any dtype.
        kernel_size (Triple): Kernel size of the next layer, over T, H, W.
        stride (Triple): Stride of the next layer.

    Returns:
        Tensor: ``maps`` padded with zeros; if their number is odd, one more at the end.
    """
    padding: list[int] = []
    for size, kernel, step in zip(maps.shape[2:], kernel_size, stride, strict=True):
        total = max((-(-size // step) - 1) * step + kernel - size, 0)
        padding = [
            total // 2,
            total - total // 2,
            *padding,
        ]  # the last axis comes first
    return F.pad(maps, padding)


class Unit3D(nn.Module):
    """Convolution with SAME padding, normalization, ReLU."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Triple,
        stride: Triple,
        norm_cfg: dict,
    ) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(
            in_channels, out_channels, kernel_size, stride, bias=False
        )
        self.bn = build_norm_layer(norm_cfg, out_channels)[1]
        self.out_channels = out_channels

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, in_channels, T, H, W) to (N, out_channels, T', H', W')."""
        maps = pad_same(maps, self.conv3d.kernel_size, self.conv3d.stride)
        return F.relu(self.bn(self.conv3d(maps)))


class MaxPool3dSame(nn.MaxPool3d):
    """Max pooling with SAME padding, for maps without negative values."""

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, C, T, H, W) to (N, C, T', H', W')."""
        return super().forward(pad_same(maps, self.kernel_size, self.stride))


class InceptionModule(nn.Module):
    """Four branches side by side; ``channels`` as in ``ENDPOINTS``."""

    def __init__(self, in_channels: int, channels: Sequence[int], norm_cfg: dict) -> None:
        super().__init__()
        one, cube = (1, 1, 1), (3, 3, 3)
        first, mid1, out1, mid2, out2, last = channels
        self.b0 = Unit3D(in_channels, first, one, one, norm_cfg)
        self.b1a = Unit3D(in_channels, mid1, one, one, norm_cfg)
        self.b1b = Unit3D(mid1, out1, cube, one, norm_cfg)
        self.b2a = Unit3D(in_channels, mid2, one, one, norm_cfg)
        self.b2b = Unit3D(mid2, out2, cube, one, norm_cfg)
        self.b3a = MaxPool3dSame(cube, one)
        self.b3b = Unit3D(in_channels, last, one, one, norm_cfg)
        self.out_channels = first + out1 + out2 + last

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, in_channels, T, H, W) to (N, out_channels, T, H, W)."""
        branches = [
            self.b0(maps),
            self.b1b(self.b1a(maps)),
            self.b2b(self.b2a(maps)),
            self.b3b(self.b3a(maps)),
        ]
        return torch.cat(branches, dim=1)


@MODELS.register_module()
class InceptionI3D(ClipBackbone):
    """Inception-v1 inflated to 3D, up to ``Mixed_5c``.

    (N, 3, 64, 224, 224) becomes (N, 1024, 8, 7, 7), and (N, 3, 16, 112, 112) becomes
    (N, 1024, 2, 4, 4). Modules are named as in the public PyTorch checkpoints:
    ``Conv3d_1a_7x7.conv3d``, ``Mixed_5c.b1b.bn``. With global pooling after it, as in
    :class:`I3DHead`, any clip size works.

    Args:
        in_channels (int): Channels of the clips. Defaults to 3.
        width (float): Multiplies the channels of all layers. Defaults to 1.0.
        norm_cfg (dict): Normalization layers. Defaults to ``dict(type='BN3d', eps=1e-3,
            momentum=0.01)``, those of the public checkpoints.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Source: Carreira and Zisserman, "Quo vadis, action recognition?", CVPR 2017.
    """

    def __init__(
        self,
        in_channels: int = 3,
        width: float = 1.0,
        norm_cfg: dict = dict(type='BN3d', eps=1e-3, momentum=0.01),  # noqa: B006
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(in_channels, init_cfg)

        def widen(channels: int) -> int:
            return max(round(width * channels), 1)

        channels = in_channels
        for name, spec in ENDPOINTS.items():
            if name.startswith('MaxPool3d'):
                layer = MaxPool3dSame(*spec)
            elif name.startswith('Conv3d'):
                layer = Unit3D(channels, widen(spec[0]), *spec[1:], norm_cfg)
            else:
                layer = InceptionModule(channels, [*map(widen, spec)], norm_cfg)
            channels = getattr(layer, 'out_channels', channels)
            self.add_module(name, layer)
        self.out_channels = channels

    def forward(self, clips: Tensor) -> Tensor:
        """Extract feature maps.

        Args:
            clips (Tensor): (N, in_channels, T, H, W), floating.

        Returns:
            Tensor: (N, out_channels, T / 8, H / 32, W / 32), rounded up.

        Raises:
            ValueError: If the clips have the wrong number of axes or channels.
        """
        self.check_clips(clips)
        maps = clips
        for name in ENDPOINTS:
            maps = getattr(self, name)(maps)
        return maps
