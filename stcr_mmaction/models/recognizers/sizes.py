"""Compute the sizes of a backbone's maps, and fill them in for the heads."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence

from mmaction.registry import MODELS
from mmaction.utils import ForwardResults
from mmengine.model import revert_sync_batchnorm
from torch import Size, Tensor, nn, zeros

from .tap import OUTPUT, Tap

AXES = dict(in_channels=1, temporal_size=2)
"""Arguments of heads that are sizes of the maps (N, C', T', H', W'), and their axes."""
DEFAULT_CLIP_SHAPE = 16, 112, 112


def fit_tap(
    backbone: nn.Module, tap: Tap, clip_shape: Sequence[int] | None, freeze: bool
) -> Size | None:
    """Check a tap without any data, and return the shape of its maps.

    Args:
        backbone (nn.Module): The backbone.
        tap (Tap): Its tap.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips.
        freeze (bool): Whether to freeze parameters that the maps do not depend on.

    Returns:
        Size | None: Shape of the maps for two clips, if ``clip_shape`` is given.

    Raises:
        ValueError: As :func:`probe_maps`.
    """
    freeze = freeze and tap.name != OUTPUT
    if clip_shape is None and not freeze:
        return None
    probe, maps = probe_maps(backbone, tap, clip_shape or DEFAULT_CLIP_SHAPE)
    if freeze:
        freeze_beyond(backbone, probe, maps)
    return maps.shape if clip_shape else None


def probe_maps(
    backbone: nn.Module, tap: Tap, clip_shape: Sequence[int]
) -> tuple[nn.Module, Tensor]:
    """Run a copy of the backbone on the meta device, which only computes shapes.

    Args:
        backbone (nn.Module): The backbone; only read.
        tap (Tap): Its tap.
        clip_shape (Sequence[int]): (T, H, W) of the clips.

    Returns:
        tuple[nn.Module, Tensor]: The copy, with gradients for all parameters, and the
        maps of two clips, with their graph.

    Raises:
        ValueError: If the backbone does not take such clips, or the tap returns no maps.
    """
    # In a process group, SyncBN only works on a GPU; BN has the same shapes.
    probe = revert_sync_batchnorm(copy.deepcopy(backbone))
    probe.to('meta').requires_grad_(True)
    kernels = (p for p in probe.parameters() if p.ndim >= 4)
    channels = next((kernel.shape[1] for kernel in kernels), 3)
    clips = zeros(2, channels, *clip_shape, device='meta')
    _, maps = tap(probe, clips.shape, lambda: _try(probe, clips))
    return probe, maps


def freeze_beyond(backbone: nn.Module, probe: nn.Module, maps: Tensor) -> None:
    """Freeze the parameters that the maps do not depend on.

    Without a ``cls_head`` they get no gradient, which is an error in distributed
    training. Autograd finds these parameters.

    Args:
        backbone (nn.Module): The backbone to freeze in part.
        probe (nn.Module): Its copy, from :func:`probe_maps`.
        maps (Tensor): The copy's maps.
    """
    maps.sum().backward()
    reached = {name for name, p in probe.named_parameters() if p.grad is not None}
    for name, parameter in backbone.named_parameters():
        if name not in reached:
            parameter.requires_grad = False


def fill_sizes(head: dict, maps: Sequence[int] | None, tap: str) -> dict:
    """Fill in the sizes of the maps in the config of a head.

    Args:
        head (dict): Config of the head.
        maps (Sequence[int], optional): Shape of the maps, if the clip shape is known.
        tap (str): Name of the tap, for messages.

    Returns:
        dict: The config with ``in_channels`` and ``temporal_size``, if the class has
        these arguments.

    Raises:
        ValueError: If the config has a wrong size, if the shape is unknown and the config
            lacks a needed size, or if there are no maps.
    """
    kind = head.get('type')
    kind = MODELS.get(kind) if isinstance(kind, str) else kind
    if kind is None:  # not in the scope of MMAction2
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


def _try(probe: nn.Module, clips: Tensor) -> ForwardResults:
    try:
        return probe(clips)
    except Exception as error:
        raise ValueError(
            f'{type(probe).__name__} does not take clips (C, T, H, W) = '
            f'{tuple(clips.shape[1:])}: set clip_shape=(T, H, W) of the recognizer, and '
            'the crops of the train pipeline, to what the backbone was configured for '
            f'({type(error).__name__}: {error})'
        ) from error


def _check_given(head: dict, kind: str, arguments: dict) -> None:
    for name in AXES:
        needed = name in arguments and arguments[name].default is inspect.Parameter.empty
        if needed and head.get(name) is None:
            raise ValueError(
                f'{kind} needs {name}: give it, or give the recognizer clip_shape=(T, H, '
                'W), the size of the training clips, from which it follows'
            )
