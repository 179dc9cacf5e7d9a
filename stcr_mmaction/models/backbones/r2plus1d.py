"""The R(2+1)D of VCOP (video clip order prediction)."""

from __future__ import annotations

from collections import OrderedDict
from math import prod

from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import nn

from .r3d import VCOPR3D, Triple


def factored_conv(
    in_channels: int,
    out_channels: int,
    kernel_size: Triple,
    stride: Triple,
    norm_cfg: dict,
) -> nn.Sequential:
    """Build a convolution over space, then one over time.

    The width between them is chosen to keep the number of weights of a 3D convolution.
    """
    length, height, width = kernel_size
    weights = prod(kernel_size) * in_channels * out_channels
    mid = weights // (height * width * in_channels + length * out_channels)
    mid = max(mid, 1)  # shortcuts of a single channel would get 0
    return nn.Sequential(
        OrderedDict(
            spatial_conv=nn.Conv3d(
                in_channels,
                mid,
                kernel_size=(1, height, width),
                stride=(1, *stride[1:]),
                padding=(0, height // 2, width // 2),
                bias=False,
            ),
            bn=build_norm_layer(norm_cfg, mid)[1],
            relu=nn.ReLU(),
            temporal_conv=nn.Conv3d(
                mid,
                out_channels,
                kernel_size=(length, 1, 1),
                stride=(stride[0], 1, 1),
                padding=(length // 2, 0, 0),
                bias=False,
            ),
        )
    )


@MODELS.register_module()
class VCOPR2Plus1D(VCOPR3D):
    """:class:`VCOPR3D` with all convolutions factored, including the shortcuts.

    14,365,303 parameters; (N, 3, 16, 112, 112) becomes (N, 512, 2, 7, 7). It is not the
    R(2+1)D-18 of torchvision, nor MMAction2's. Modules are named as in the public
    checkpoints: ``conv2.block1.conv1.spatial_conv``. Arguments as :class:`VCOPR3D`.

    Source: Xu et al., "Self-supervised spatiotemporal learning via video clip order
        prediction", CVPR 2019, after Tran et al., CVPR 2018.
    """

    conv = staticmethod(factored_conv)
