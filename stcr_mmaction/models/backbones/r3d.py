"""The R3D of VCOP (video clip order prediction)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .base import ClipBackbone

Triple = tuple[int, int, int]


def full_conv(
    in_channels: int,
    out_channels: int,
    kernel_size: Triple,
    stride: Triple,
    norm_cfg: dict,
) -> nn.Sequential:
    """Build a 3D convolution; ``norm_cfg`` is only used by factored convolutions."""
    padding = tuple(size // 2 for size in kernel_size)
    conv = nn.Conv3d(in_channels, out_channels, kernel_size, stride, padding, bias=False)
    return nn.Sequential(OrderedDict(temporal_spatial_conv=conv))


class ResidualBlock(nn.Module):
    """Two convolutions and a shortcut.

    Args:
        conv (Callable): Builds a convolution, see :func:`full_conv`.
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output.
        norm_cfg (dict): Normalization layers.
        downsample (bool): Whether to halve time and space. Defaults to False.
    """

    def __init__(
        self,
        conv: Callable[..., nn.Module],
        in_channels: int,
        out_channels: int,
        norm_cfg: dict,
        downsample: bool = False,
    ) -> None:
        super().__init__()
        cube, one = (3, 3, 3), (1, 1, 1)
        stride = (2, 2, 2) if downsample else one
        self.downsample = downsample
        self.conv1 = conv(in_channels, out_channels, cube, stride, norm_cfg)
        self.bn1 = build_norm_layer(norm_cfg, out_channels)[1]
        self.conv2 = conv(out_channels, out_channels, cube, one, norm_cfg)
        self.bn2 = build_norm_layer(norm_cfg, out_channels)[1]
        if downsample:
            self.downsampleconv = conv(in_channels, out_channels, one, stride, norm_cfg)
            self.downsamplebn = build_norm_layer(norm_cfg, out_channels)[1]

    def forward(self, maps: Tensor) -> Tensor:
        """Map (N, in_channels, T, H, W) to (N, out_channels, T', H', W')."""
        residual = F.relu(self.bn1(self.conv1(maps)))
        residual = self.bn2(self.conv2(residual))
        if self.downsample:
            maps = self.downsamplebn(self.downsampleconv(maps))
        return F.relu(maps + residual)


@MODELS.register_module()
class VCOPR3D(ClipBackbone):
    """Residual 3D network without max pooling.

    14,361,792 parameters; (N, 3, 16, 112, 112) becomes (N, 512, 2, 7, 7). Modules are
    named as in the public checkpoints: ``conv2.block1.conv1.temporal_spatial_conv``.

    Args:
        layer_sizes (Sequence[int]): Blocks of each of the four stages. Defaults to
            (1, 1, 1, 1).
        in_channels (int): Channels of the clips. Defaults to 3.
        base_channels (int): Width of the first layer; the last is 8 times as wide.
            Defaults to 64.
        norm_cfg (dict): Normalization layers. Defaults to ``dict(type='BN3d')``.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization,
            as in the original experiments.

    Raises:
        ValueError: If ``layer_sizes`` are not four numbers above 0.

    Source: Xu et al., "Self-supervised spatiotemporal learning via video clip order
        prediction", CVPR 2019, after Tran et al., CVPR 2018.
    """

    conv = staticmethod(full_conv)

    def __init__(
        self,
        layer_sizes: Sequence[int] = (1, 1, 1, 1),
        in_channels: int = 3,
        base_channels: int = 64,
        norm_cfg: dict = dict(type='BN3d'),  # noqa: B006
        init_cfg: dict | None = None,
    ) -> None:
        if len(layer_sizes) != 4 or min(layer_sizes) < 1:
            raise ValueError(f'layer_sizes must be four counts, got {layer_sizes}')
        widths = [base_channels * width for width in (1, 1, 2, 4, 8)]
        super().__init__(in_channels, init_cfg)
        self.out_channels = widths[-1]
        self.conv1 = self.conv(in_channels, widths[0], (3, 7, 7), (1, 2, 2), norm_cfg)
        self.bn1 = build_norm_layer(norm_cfg, widths[0])[1]
        self.conv2 = self._build_stage(layer_sizes[0], widths[0], widths[1], norm_cfg)
        self.conv3 = self._build_stage(layer_sizes[1], widths[1], widths[2], norm_cfg)
        self.conv4 = self._build_stage(layer_sizes[2], widths[2], widths[3], norm_cfg)
        self.conv5 = self._build_stage(layer_sizes[3], widths[3], widths[4], norm_cfg)

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
        maps = F.relu(self.bn1(self.conv1(clips)))
        return self.conv5(self.conv4(self.conv3(self.conv2(maps))))

    def _build_stage(
        self, size: int, in_channels: int, out_channels: int, norm_cfg: dict
    ) -> nn.Sequential:
        downsample = in_channels != out_channels
        first = ResidualBlock(self.conv, in_channels, out_channels, norm_cfg, downsample)
        others = [
            ResidualBlock(self.conv, out_channels, out_channels, norm_cfg)
            for _ in range(size - 1)
        ]
        return nn.Sequential(OrderedDict(block1=first, blocks=nn.Sequential(*others)))
