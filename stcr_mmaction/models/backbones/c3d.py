"""The C3D of VCOP (video clip order prediction)."""

from __future__ import annotations

import torch.nn.functional as F
from mmaction.registry import MODELS
from mmcv.cnn import build_norm_layer
from torch import Tensor, nn

from .base import ClipBackbone

# Name of each layer, its width in base channels, and the max pooling after it.
LAYERS = (
    ('1', 1, (1, 2, 2)),
    ('2', 2, 2),
    ('3a', 4, None),
    ('3b', 4, 2),
    ('4a', 8, None),
    ('4b', 8, 2),
    ('5a', 8, None),
    ('5b', 8, None),
)


@MODELS.register_module()
class VCOPC3D(ClipBackbone):
    """C3D with batch normalization, without its last pooling and FC layers.

    27,661,440 parameters; (N, 3, 16, 112, 112) becomes (N, 512, 2, 7, 7). Modules are
    named as in the public checkpoints: ``conv1``, ``bn1``, …, ``conv5b``, ``bn5b``.

    Args:
        in_channels (int): Channels of the clips. Defaults to 3.
        base_channels (int): Width of the first layer; the last is 8 times as wide.
            Defaults to 64.
        norm_cfg (dict): Normalization layers. Defaults to ``dict(type='BN3d')``.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization,
            as in the original experiments.

    Source: Xu et al., "Self-supervised spatiotemporal learning via video clip order
        prediction", CVPR 2019, after Tran et al., ICCV 2015.
    """

    def __init__(
        self,
        in_channels: int = 3,
        base_channels: int = 64,
        norm_cfg: dict = dict(type='BN3d'),  # noqa: B006
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(in_channels, init_cfg)
        for name, width, _ in LAYERS:
            channels = width * base_channels
            # The bias has no effect before normalization, but checkpoints contain it.
            conv = nn.Conv3d(in_channels, channels, kernel_size=3, padding=1)
            self.add_module(f'conv{name}', conv)
            self.add_module(f'bn{name}', build_norm_layer(norm_cfg, channels)[1])
            in_channels = channels
        self.out_channels = channels

    def forward(self, clips: Tensor) -> Tensor:
        """Extract feature maps.

        Args:
            clips (Tensor): (N, in_channels, T, H, W), floating.

        Returns:
            Tensor: (N, out_channels, T / 8, H / 16, W / 16), rounded down.

        Raises:
            ValueError: If the clips have the wrong number of axes or channels.
        """
        self.check_clips(clips)
        maps = clips
        for name, _, pooling in LAYERS:
            conv, norm = getattr(self, f'conv{name}'), getattr(self, f'bn{name}')
            maps = F.relu(norm(conv(maps)))
            if pooling is not None:
                maps = F.max_pool3d(maps, pooling)
        return maps
