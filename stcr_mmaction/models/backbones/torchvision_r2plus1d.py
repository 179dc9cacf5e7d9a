"""R(2+1)D-18 of torchvision."""

from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .base import ClipBackbone


def factored_layers(
    channels: tuple[int, int, int], size: int, stride: tuple[int, int], norm_cfg: dict
) -> list[nn.Module]:
    """Build a convolution over space, normalization, ReLU, a convolution over time.

    Args:
        channels (tuple[int, int, int]): Channels of the input, between the convolutions,
            and of the output.
        size (int): Kernel size over space; over time it is 3.
        stride (tuple[int, int]): Stride over time and over space.
        norm_cfg (dict): Normalization layers.

    Returns:
        list[nn.Module]: The four layers.
    """
    before, between, after = channels
    (over_time, over_space), half = stride, size // 2
    space = dict(stride=(1, over_space, over_space), padding=(0, half, half), bias=False)
    time = dict(stride=(over_time, 1, 1), padding=(1, 0, 0), bias=False)
    return [
        nn.Conv3d(before, between, (1, size, size), **space),
        build_norm_layer(norm_cfg, between)[1],
        nn.ReLU(),
        nn.Conv3d(between, after, (3, 1, 1), **time),
    ]


class FactoredBlock(nn.Module):
    """Two factored convolutions with the same inner width, and a plain shortcut."""

    def __init__(self, in_channels: int, out_channels: int, norm_cfg: dict) -> None:
        super().__init__()
        halves = in_channels != out_channels
        stride = (2, 2) if halves else (1, 1)
        mid = 27 * in_channels * out_channels // (9 * in_channels + 3 * out_channels)

        def norm() -> nn.Module:
            return build_norm_layer(norm_cfg, out_channels)[1]

        first = factored_layers((in_channels, mid, out_channels), 3, stride, norm_cfg)
        second = factored_layers((out_channels, mid, out_channels), 3, (1, 1), norm_cfg)
        self.conv1 = nn.Sequential(nn.Sequential(*first), norm(), nn.ReLU())
        self.conv2 = nn.Sequential(nn.Sequential(*second), norm())
        self.downsample = None
        if halves:
            shortcut = nn.Conv3d(in_channels, out_channels, 1, stride=2, bias=False)
            self.downsample = nn.Sequential(shortcut, norm())

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, in_channels, T, H, W) to (N, out_channels, T', H', W')."""
        shortcut = maps if self.downsample is None else self.downsample(maps)
        return F.relu(self.conv2(self.conv1(maps)) + shortcut)


@MODELS.register_module()
class TorchvisionR2Plus1D(ClipBackbone):
    """R(2+1)D-18 of torchvision, up to its last feature maps.

    (N, 3, 16, 112, 112) becomes (N, 512, 2, 7, 7). These weights do not fit MMAction2's
    ResNet2Plus1d: it is wider inside (its stem has 83 channels between space and time,
    this one 45), it also factors the shortcuts, and it has a max pooling. Modules are
    named as in torchvision: ``stem.0``, ``layer1.0.conv1.0.3``.

    Args:
        in_channels (int): Channels of the clips. Defaults to 3.
        base_channels (int): Width of the first layer; the last is 8 times as wide.
            Defaults to 64.
        norm_cfg (dict): Normalization layers. Defaults to ``dict(type='BN3d')``.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Source: Tran et al., "A closer look at spatiotemporal convolutions for action
        recognition", CVPR 2018, in the form of ``torchvision.models.video.r2plus1d_18``.
    """

    def __init__(
        self,
        in_channels: int = 3,
        base_channels: int = 64,
        norm_cfg: dict = dict(type='BN3d'),  # noqa: B006
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(in_channels, init_cfg)
        mid = -(-45 * base_channels // 64)
        channels = (in_channels, mid, base_channels)
        stem = factored_layers(channels, 7, (1, 2), norm_cfg)
        norm = build_norm_layer(norm_cfg, base_channels)[1]
        self.stem = nn.Sequential(*stem, norm, nn.ReLU())
        channels = base_channels
        for number, width in enumerate((1, 2, 4, 8), start=1):
            self.out_channels = width * base_channels
            blocks = (
                FactoredBlock(channels, self.out_channels, norm_cfg),
                FactoredBlock(self.out_channels, self.out_channels, norm_cfg),
            )
            self.add_module(f'layer{number}', nn.Sequential(*blocks))
            channels = self.out_channels

    def forward(self, clips: Tensor) -> Tensor:
        """Extract feature maps.

        Args:
            clips (Tensor): (N, in_channels, T, H, W), floating.

        Returns:
            Tensor: (N, out_channels, T / 8, H / 16, W / 16), rounded up.

        Raises:
            ValueError: If the clips have the wrong number of axes or channels.
        """
        self.check_clips(clips)
        maps = self.stem(clips)
        for number in (1, 2, 3, 4):
            maps = getattr(self, f'layer{number}')(maps)
        return maps
