"""Sizes of clips and maps that a model is built for."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from mmaction.registry import MODELS
from torch import nn

AXES = dict(in_channels=1, temporal_size=2)
"""Arguments of heads that are sizes of the maps (N, C', T', H', W')."""


def fill_sizes(head: dict, maps: Sequence[int] | None, tap: str) -> dict:
    """Give a head the sizes of the maps that its config leaves out.

    Args:
        head (dict): Config of the head.
        maps (Sequence[int], optional): Shape of the maps, if the clips' is known.
        tap (str): Where the maps come from, for messages.

    Returns:
        dict: The config, with ``in_channels`` and ``temporal_size`` as far as the class
        has such arguments.

    Raises:
        ValueError: If the config has another size than the maps, or lacks one that is
            needed while the shape is unknown, or if there are no maps.
    """
    kind = head.get('type')
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    if kind is None:  # one of another scope than MMAction2's
        return head
    arguments = inspect.signature(kind).parameters
    if maps is None:
        _check_given(head, kind.__name__, arguments)
        return head
    if len(maps) != 5:
        raise ValueError(
            f"tap {tap!r} gives {tuple(maps)}, not maps (N, C', T', H', W'): set tap to "
            'a layer of the backbone that still has a time axis'
        )
    sizes = {name: maps[axis] for name, axis in AXES.items() if name in arguments}
    for name, size in sizes.items():
        if head.get(name) not in (None, size):
            raise ValueError(
                f'{kind.__name__} is given {name}={head[name]}, but the maps of tap '
                f'{tap!r} are {tuple(maps)}: set {name}={size}, or leave it out'
            )
    return {**head, **sizes}


def _check_given(head: dict, kind: str, arguments: dict) -> None:
    for name in AXES:
        needed = name in arguments and arguments[name].default is inspect.Parameter.empty
        if needed and head.get(name) is None:
            raise ValueError(
                f'{kind} needs {name}: give it, or give the recognizer clip_shape=(T, H, '
                'W), the size of the training clips, from which it follows'
            )


def check_paths(preprocessor: nn.Module, clip_shape: Sequence[int] | None) -> None:
    """Refuse paths of a :class:`SiameseBlending` that are not of the clips' shape.

    Args:
        preprocessor (nn.Module): The data preprocessor, whose ``blending`` makes them.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips.

    Raises:
        ValueError: If they are not, or cannot be made of such clips.
    """
    blending = getattr(preprocessor, 'blending', None)
    if clip_shape and hasattr(blending, 'check_clip_shape'):
        blending.check_clip_shape(clip_shape)


def check_channels(backbone: nn.Module, preprocessor: nn.Module) -> None:
    """Refuse a backbone for other channels than the data preprocessor normalizes.

    Args:
        backbone (nn.Module): The backbone.
        preprocessor (nn.Module): The data preprocessor.

    Raises:
        ValueError: If both say how many channels clips have, and not the same.
    """
    takes = getattr(backbone, 'in_channels', None)
    mean = getattr(preprocessor, 'mean', None)
    if None not in (takes, mean) and mean.numel() not in (1, takes):
        raise ValueError(
            f'{type(backbone).__name__} has in_channels={takes}, but the data '
            f'preprocessor has mean and std of {mean.numel()} channels: make them the '
            'same'
        )
