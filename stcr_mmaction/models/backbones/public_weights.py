"""Convert public checkpoints to backbones of this package and MMAction2."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ...functional.matching import match_tensors


@dataclass(frozen=True)
class PublicNetwork:
    """How to convert the files of a public network to a backbone.

    Attributes:
        backbone (dict): Config of the equivalent backbone.
        heads (tuple[str, ...]): Modules in the file that are not part of the backbone.
        renames (dict[str, str]): Patterns at the start of a name, and their replacements;
            only the first match is used.
        mean (tuple[float, ...]): Pixel mean in training, for the ``data_preprocessor``;
            R, G, B.
        std (tuple[float, ...]): Pixel standard deviation, as ``mean``.
    """

    backbone: dict
    heads: tuple[str, ...]
    renames: dict[str, str]
    mean: tuple[float, ...]
    std: tuple[float, ...]


_UNIT_RANGE = dict(mean=(0.0,) * 3, std=(255.0,) * 3)
_SYMMETRIC = dict(mean=(127.5,) * 3, std=(127.5,) * 3)
_KINETICS = dict(  # torchvision's values times 255
    mean=(110.2008, 100.63983, 95.99475), std=(58.14765, 56.46975, 55.332195)
)
_VCOP = dict(
    heads=('fc', 'fc7', 'fc8', 'gru', 'linear', 'lstm'),
    renames={r'base_network\.': ''},
    **_UNIT_RANGE,
)
_VIDEO_RESNET = dict(
    heads=('fc',),
    renames={
        r'stem\.0\.': 'conv1.conv.',
        r'stem\.1\.': 'conv1.bn.',
        r'(layer\d\.\d\.(?:conv\d|downsample))\.0\.': r'\1.conv.',
        r'(layer\d\.\d\.(?:conv\d|downsample))\.1\.': r'\1.bn.',
    },
    **_KINETICS,
)


def _resnet3d_18(inflate: tuple[int, ...], temporal_strides: tuple[int, ...]) -> dict:
    """MMAction2's ResNet-18, without the poolings that torchvision's does not have."""
    return dict(
        type='ResNet3d',
        depth=18,
        pretrained2d=False,
        with_pool1=False,
        with_pool2=False,
        inflate=inflate,
        temporal_strides=temporal_strides,
        zero_init_residual=False,
    )


PUBLIC_NETWORKS = dict(
    vcop_c3d=PublicNetwork(dict(type='VCOPC3D'), **_VCOP),
    vcop_r3d=PublicNetwork(dict(type='VCOPR3D'), **_VCOP),
    vcop_r2plus1d=PublicNetwork(dict(type='VCOPR2Plus1D'), **_VCOP),
    inception_i3d=PublicNetwork(
        dict(type='InceptionI3D'), heads=('logits',), renames={}, **_SYMMETRIC
    ),
    r3d_18=PublicNetwork(_resnet3d_18((1, 1, 1, 1), (1, 2, 2, 2)), **_VIDEO_RESNET),
    mc3_18=PublicNetwork(_resnet3d_18((1, 0, 0, 0), (1, 1, 1, 1)), **_VIDEO_RESNET),
    r2plus1d_18=PublicNetwork(
        dict(type='TorchvisionR2Plus1D'), heads=('fc',), renames={}, **_KINETICS
    ),
)


def convert_public_weights(
    weights: Mapping[str, Tensor], network: str
) -> dict[str, Tensor]:
    """Rename the weights of a public network; every tensor must match.

    Args:
        weights (Mapping[str, Tensor]): Tensors by the names in the public file, with or
            without the prefix ``module.``.
        network (str): Key of ``PUBLIC_NETWORKS``: ``vcop_*`` of clip order prediction (Xu
            et al., CVPR 2019); the PyTorch port of Inception-I3D by piergiaj;
            torchvision's ``r3d_18``, ``mc3_18`` and ``r2plus1d_18``.

    Returns:
        dict[str, Tensor]: The weights of ``PUBLIC_NETWORKS[network].backbone``, complete,
        with its names and order. Missing batch counters (old PyTorch) are 0.

    Raises:
        ValueError: If the network is unknown, or if a tensor in the file or the backbone
            has no match; names all of these.
    """
    if network not in PUBLIC_NETWORKS:
        raise ValueError(
            f'network must be one of {sorted(PUBLIC_NETWORKS)}, got {network!r}'
        )
    target = PUBLIC_NETWORKS[network]
    renamed = _rename(weights, target)
    with torch.device('meta'):
        wanted = MODELS.build(dict(target.backbone)).state_dict()
    match = match_tensors(wanted, renamed)
    if match.share < 1:
        raise ValueError(
            f'these are not the weights of {network}: {match}\n'
            + match.examples(number=sys.maxsize)
        )
    counter = torch.tensor(0)
    return {name: renamed.get(name, counter.clone()) for name in wanted}


def _rename(weights: Mapping[str, Tensor], network: PublicNetwork) -> dict[str, Tensor]:
    """Rename tensors to the names of the backbone; leave out heads."""
    renamed = {}
    for name, tensor in weights.items():
        name = name.removeprefix('module.')
        for pattern, replacement in network.renames.items():
            name, count = re.subn(f'^{pattern}', replacement, name)
            if count:
                break
        if name.partition('.')[0] not in network.heads:
            renamed[name] = tensor
    return renamed
