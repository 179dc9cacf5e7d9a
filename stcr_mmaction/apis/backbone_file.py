"""Files with the weights of a backbone and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from ..compat.checkpoints import load_from_local
from ..version import __version__

PART = 'backbone'


def read_weights(path: str | Path) -> dict[str, Tensor]:
    """Read the weights of a checkpoint on the CPU; ignore everything else in it.

    Args:
        path (str or Path): The file. Nothing in it is executed.

    Returns:
        dict[str, Tensor]: By name, without the ``module.`` of parallel training.

    Raises:
        FileNotFoundError: If there is no such file.
        UnpicklingError: If it is no checkpoint, or an unsafe one.
        ValueError: If there are no tensors in it.
    """
    checkpoint = load_from_local(str(path), 'cpu')
    content = checkpoint.get('state_dict', checkpoint)
    weights = {
        name.removeprefix('module.'): value
        for name, value in content.items()
        if isinstance(value, Tensor)
    }
    if not weights:
        raise ValueError(f'{path} has no weights; its keys are {list(checkpoint)[:10]}')
    return weights


def select_backbone(weights: Mapping[str, Tensor], part: str = PART) -> dict[str, Tensor]:
    """Return the weights of the backbone under its own names.

    Args:
        weights (Mapping[str, Tensor]): Weights of a whole model.
        part (str): Name of the backbone in the model; empty if the weights are only a
            backbone's. Defaults to 'backbone'.

    Returns:
        dict[str, Tensor]: The weights of ``part``, without that prefix.

    Raises:
        ValueError: If there are none; lists the parts of the model.

    Examples:
        >>> names = ['backbone.conv1.bias', 'cls_head.fc_cls.bias']
        >>> list(select_backbone(dict.fromkeys(names, torch.ones(8))))
        ['conv1.bias']
    """
    prefix = f'{part}.' if part else ''
    chosen = {
        k.removeprefix(prefix): v for k, v in weights.items() if k.startswith(prefix)
    }
    if not chosen:
        parts = list(dict.fromkeys(name.partition('.')[0] for name in weights))
        raise ValueError(
            f'there is no {part!r} among the parts of the model: {parts}. '
            "For the weights of a backbone only, give --part ''"
        )
    return chosen


def write_backbone(
    weights: Mapping[str, Tensor], path: Path, bare: bool, force: bool
) -> None:
    """Write weights and the version of this package to a file.

    Args:
        weights (Mapping[str, Tensor]): By the names of the backbone.
        path (Path): The file to write.
        bare (bool): Whether to keep these names, for ``pretrained=``. Otherwise they get
            the prefix ``backbone.``, for ``load_from``.
        force (bool): Whether to overwrite an existing file.

    Raises:
        FileExistsError: If the file exists and ``force`` is not set.
    """
    prefix = '' if bare else f'{PART}.'
    # Clones: saving a view would save all of the memory behind it.
    named = {
        prefix + name: tensor.detach().clone(memory_format=torch.contiguous_format)
        for name, tensor in weights.items()
    }
    with path.open('wb' if force else 'xb') as file:
        torch.save(dict(meta=dict(stcr_mmaction=__version__), state_dict=named), file)


def how_to_use(path: Path, bare: bool) -> str:
    """Return the lines of a config that start from the file."""
    if bare:
        return (
            f"model = dict(backbone=dict(pretrained='{path}'))"
            '  # with pretrained2d=False in the ResNet3d family'
        )
    init_cfg = f"dict(type='Pretrained', checkpoint='{path}', prefix='{PART}')"
    return (
        f"load_from = '{path}'\n"
        '# or, if the backbone reads init_cfg:\n'
        f'# model = dict(backbone=dict(init_cfg={init_cfg}))'
    )
