"""Networks and sizes for the ``stcr`` commands."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError
from typing import NamedTuple

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ...functional.matching import match_tensors
from ...models.backbones.public_weights import PUBLIC_NETWORKS, convert_public_weights
from ...models.recognizers.sizes import probe_maps
from ...models.recognizers.tap import OUTPUT, Tap
from ..backbone_file import read_weights, select_backbone

CLIP_LEN = 16


class Size(NamedTuple):
    """Sizes of clips and networks, and lengths of trainings.

    Attributes:
        scale (tuple[int, int]): Width and height of the frames, in pixels.
        crop (int): Side of the clips, in pixels.
        width (float): Channels of the network, as a share of the published number.
        batch_size (int): Videos in a pretraining batch.
        lr (float): Learning rate of pretraining by the recommended recipe, at that batch
            size.
        iterations (int): Smallest number of pretraining iterations.
        finetune_lr (float): Learning rate of fine-tuning, by AdamW.
        finetune_iterations (int): Smallest number of fine-tuning iterations.
    """

    scale: tuple[int, int]
    crop: int
    width: float
    batch_size: int
    lr: float
    iterations: int
    finetune_lr: float
    finetune_iterations: int


SIZES = dict(
    tiny=Size((48, 36), 32, 1 / 8, 16, 1.4e-3, 480, 1e-3, 120),
    small=Size((85, 64), 56, 1 / 8, 32, 2e-3, 700, 1e-3, 450),
    full=Size((171, 128), 112, 1, 64, 1e-3, 2000, 3e-4, 900),
)
"""``tiny`` is for a first try, as in the demo, with shapes of a few pixels. ``small`` is
measured in docs/real_clips.md; it trains in minutes on two CPU cores. ``full`` is the
size of published networks, for a GPU."""

BACKBONES = tuple(PUBLIC_NETWORKS)


def backbone_config(name: str, size: Size) -> dict:
    """Return the config of a backbone.

    Args:
        name (str): One of :data:`BACKBONES`.
        size (Size): Size, which sets the width.
    """
    config = dict(PUBLIC_NETWORKS[name].backbone)
    if size.width == 1:
        return config
    if config['type'] == 'InceptionI3D':
        return dict(config, width=size.width)
    return dict(config, base_channels=round(64 * size.width))


def preprocessor_config(name: str) -> dict:
    """Return the data preprocessor of a backbone: pixels as its public weights want."""
    network = PUBLIC_NETWORKS[name]
    return dict(
        type='ActionDataPreprocessor',
        mean=list(network.mean),
        std=list(network.std),
        format_shape='NCTHW',
    )


def count_channels(backbone: dict, crop: int) -> int:
    """Return the channels of a backbone's maps; nothing is computed for it."""
    with torch.device('meta'):
        built = MODELS.build(dict(backbone))
    _, maps = probe_maps(built, Tap(built, OUTPUT), (CLIP_LEN, crop, crop))
    return maps.shape[1]


def read_init(source: Path, name: str, size: Size) -> dict[str, Tensor]:
    """Read weights to start from.

    Args:
        source (Path): A checkpoint of a recognizer with this backbone, or a public file
            of the same network.
        name (str): One of :data:`BACKBONES`.
        size (Size): Size, which sets the width.

    Returns:
        dict[str, Tensor]: By the names of the backbone.

    Raises:
        ValueError: If these are not the weights of such a backbone.
        OSError: If there is no such file.
    """
    try:
        weights = read_weights(source)
    except UnpicklingError as error:
        raise ValueError(str(error)) from None
    if not any(key.startswith('backbone.') for key in weights):
        weights = convert_public_weights(weights, name)
    else:
        weights = select_backbone(weights)
    with torch.device('meta'):
        wanted = MODELS.build(backbone_config(name, size)).state_dict()
    match = match_tensors(wanted, weights)
    if match.share < 1:
        raise ValueError(
            f'{source} is not of {name} at {size.width:g} of the published width: '
            f'{match}. Choose another --backbone or --size'
        )
    return weights
