"""Where the maps that are regularized come from.

A tap is the name of a submodule of the backbone (``'conv5b'``), or ``'output'``, what the
backbone returns; a negative number counts from the end of a list of layers
(``'blocks.-1'``). An index behind it takes one of a tuple (``'output[-1]'``, the last
stage); a tensor is its own only entry. :data:`DEFAULT_TAPS` has the tap of each backbone
of MMAction2, and :data:`TOKEN_LAYOUTS` how its sequences of tokens become maps.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from einops import EinopsError, rearrange
from mmaction.utils import ForwardResults
from mmengine.model import revert_sync_batchnorm
from torch import Size, Tensor, nn, zeros

OUTPUT = 'output'
ANY_CLIPS = 16, 112, 112

_LAST_STAGE = 'output[-1]', 'stages as maps, one or (TPN) several: the deepest'
_A_MAP = OUTPUT, 'a map'
DEFAULT_TAPS = dict(
    C2D=_LAST_STAGE,
    C3D=('conv5b', 'the output is a vector; the last layer that has time and space'),
    MViT=('output[-1][0]', 'of the last scale the map, not its class token'),
    ResNet2Plus1d=_LAST_STAGE,
    ResNet3d=_LAST_STAGE,
    ResNet3dCSN=_LAST_STAGE,
    ResNet3dSlowFast=('slow_path.layer4', 'two pathways; the slow one has the channels'),
    ResNet3dSlowOnly=_LAST_STAGE,
    SwinTransformer3D=_LAST_STAGE,
    TimeSformer=('transformer_layers', 'the output is a class token; tokens'),
    UniFormer=_A_MAP,
    UniFormerV2=('transformer.resblocks.-1', 'the output is a class token; tokens'),
    VisionTransformer=('norm', 'the output is a mean; tokens'),
    X3D=_A_MAP,
)
"""Tap and reason by backbone type; other backbones are tapped at their output."""

Read = Callable[[Tensor, nn.Module, Sequence[int]], Tensor]
"""Tokens, backbone and the shape (N, C, T, H, W) of its clips -> (N, C', T', H', W')."""


def _read_timesformer(
    tokens: Tensor, backbone: nn.Module, clips: Sequence[int]
) -> Tensor:
    """(N, 1 + H' W' T', C'); without attention over time (N T', 1 + H' W', C')."""
    rows = clips[3] // backbone.patch_embed.patch_size[0]
    one_by_one = backbone.attention_type == 'space_only'
    pattern = '(n t) (h w) c' if one_by_one else 'n (h w t) c'
    sizes = dict(n=clips[0], t=clips[2], h=rows)
    return rearrange(tokens[:, 1:], f'{pattern} -> n c t h w', **sizes)


def _read_uniformer_v2(
    tokens: Tensor, backbone: nn.Module, clips: Sequence[int]
) -> Tensor:
    """(1 + H' W', N T', C')."""
    rows = clips[3] // backbone.conv1.stride[1]
    pattern = '(h w) (n t) c -> n c t h w'
    return rearrange(tokens[1:], pattern, n=clips[0], h=rows)


def _read_vision_transformer(
    tokens: Tensor, backbone: nn.Module, clips: Sequence[int]
) -> Tensor:
    """(N, T' H' W', C'), without a class token."""
    rows, columns = (size // backbone.patch_size for size in clips[3:])
    return rearrange(tokens, 'n (t h w) c -> n c t h w', h=rows, w=columns)


TOKEN_LAYOUTS: dict[str, Read] = dict(
    TimeSformer=_read_timesformer,
    UniFormerV2=_read_uniformer_v2,
    VisionTransformer=_read_vision_transformer,
)
"""How the tokens (three axes) of a backbone type become maps."""


def choose_tap(backbone: nn.Module, tap: str | None) -> str:
    """Return the tap, or the backbone's default one.

    Args:
        backbone (nn.Module): The backbone.
        tap (str, optional): As in the config.

    Returns:
        str: The tap.

    Raises:
        ValueError: If there is no such layer; lists those there are.
    """
    if tap is None:
        return (_of_type(DEFAULT_TAPS, backbone) or _A_MAP)[0]
    try:
        find_layer(backbone, tap)
    except (AttributeError, IndexError, TypeError, ValueError):
        names = [n for n, _ in backbone.named_modules() if n and n.count('.') < 2]
        raise ValueError(
            f'tap {tap!r} is not a submodule of {type(backbone).__name__}; it has '
            f'{", ".join([*names, OUTPUT])}. Indices may follow: output[0]'
        ) from None
    return tap


def find_layer(backbone: nn.Module, tap: str) -> nn.Module:
    """Return the module whose output a tap takes."""
    layer = backbone
    for part in [] if is_output(tap) else _parse(tap)[0].split('.'):
        layer = layer[int(part)] if part.startswith('-') else getattr(layer, part)
    if not isinstance(layer, nn.Module):
        raise TypeError(f'{tap} is a {type(layer).__name__}')
    return layer


def is_output(tap: str) -> bool:
    """Whether a tap takes what the backbone returns, or an entry of it."""
    return _parse(tap)[0] == OUTPUT


@contextmanager
def listen(layer: nn.Module) -> Iterator[list]:
    """Collect what a layer returns."""
    heard = []
    listener = layer.register_forward_hook(lambda *call: heard.append(call[-1]))
    try:
        yield heard
    finally:
        listener.remove()


def read_maps(
    heard: list[ForwardResults], backbone: nn.Module, tap: str, clips: Sequence[int]
) -> Tensor:
    """Make maps of what the tap heard.

    Args:
        heard (list): What the layer returned at each call; the last one counts.
        backbone (nn.Module): The backbone.
        tap (str): The tap.
        clips (Sequence[int]): Shape (N, C, T, H, W) of what the backbone was given.

    Returns:
        Tensor: (N, C', T', H', W'), or what the layer gives if that is one tensor whose
        layout is not known.

    Raises:
        ValueError: If the layer was not called, or gave no tensor or other tokens than
            those of the clips.
    """
    layer = 'the backbone' if tap == OUTPUT else f'tap {tap!r}'
    if not heard:
        raise ValueError(
            f'{layer}: {type(backbone).__name__} never calls this submodule itself; set '
            'tap to a layer inside of it'
        )
    maps = heard[-1]
    for index in _parse(tap)[1]:
        maps = maps[index] if isinstance(maps, (tuple, list)) else maps
    if not isinstance(maps, Tensor):
        raise ValueError(
            f'{layer} gives a {type(maps).__name__}, not one tensor: set tap to a '
            f"submodule of the backbone that gives maps (N, C', T', H', W'), or to an "
            f"entry of the tuple, as in '{OUTPUT}[0]'"
        )
    read = _of_type(TOKEN_LAYOUTS, backbone)
    if maps.ndim != 3 or read is None:
        return maps
    try:
        return read(maps, backbone, clips)
    except EinopsError:
        raise ValueError(
            f'{layer} gives tokens {tuple(maps.shape)}, which are not those of clips '
            f'(N, C, T, H, W) = {tuple(clips)}: leave out tap, or set it to a layer that '
            'keeps the tokens of all times and places'
        ) from None


def fit_tap(
    backbone: nn.Module, tap: str, clip_shape: Sequence[int] | None, freeze: bool
) -> Size | None:
    """Try a tap before any data is read.

    Args:
        backbone (nn.Module): The backbone.
        tap (str): The tap.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips.
        freeze (bool): Whether what the maps do not depend on is frozen.

    Returns:
        Size | None: Shape of the maps of two clips, if ``clip_shape`` is given.

    Raises:
        ValueError: As :func:`probe_maps`.
    """
    freeze = freeze and tap != OUTPUT
    if clip_shape is None and not freeze:
        return None
    probe, maps = probe_maps(backbone, tap, clip_shape or ANY_CLIPS)
    if freeze:
        freeze_beyond(backbone, probe, maps)
    return maps.shape if clip_shape else None


def probe_maps(
    backbone: nn.Module, tap: str, clip_shape: Sequence[int]
) -> tuple[nn.Module, Tensor]:
    """Run a copy of the backbone on the meta device, where nothing is computed.

    Args:
        backbone (nn.Module): The backbone; only read.
        tap (str): The tap.
        clip_shape (Sequence[int]): (T, H, W) of the clips.

    Returns:
        tuple[nn.Module, Tensor]: The copy, all of whose parameters want a gradient, and
        the maps of two clips, with their graph.

    Raises:
        ValueError: If the backbone does not take such clips, or the tap gives no maps.
    """
    # SyncBN takes clips on a GPU alone, once there is a process group; shapes are BN's.
    probe = revert_sync_batchnorm(copy.deepcopy(backbone))
    probe.to('meta').requires_grad_(True)
    kernels = (p for p in probe.parameters() if p.ndim >= 4)
    channels = next((kernel.shape[1] for kernel in kernels), 3)
    clips = zeros(2, channels, *clip_shape, device='meta')
    try:
        with listen(find_layer(probe, tap)) as heard:
            probe(clips)
    except Exception as error:
        raise ValueError(
            f'{type(backbone).__name__} does not take clips (C, T, H, W) = '
            f'{tuple(clips.shape[1:])}: set clip_shape=(T, H, W) of the recognizer, and '
            'the crops of the train pipeline, to what the backbone was configured for '
            f'({type(error).__name__}: {error})'
        ) from error
    return probe, read_maps(heard, probe, tap, clips.shape)


def freeze_beyond(backbone: nn.Module, probe: nn.Module, maps: Tensor) -> None:
    """Freeze the parameters that the maps do not depend on.

    Nothing trains them without a ``cls_head``, and distributed training stops at
    parameters without a gradient. Which ones they are is asked of autograd.

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


def _of_type(table: dict[str, Any], backbone: nn.Module) -> Any:
    """Look up a backbone's class, then the classes it inherits from."""
    names = (kind.__name__ for kind in type(backbone).__mro__)
    return next((table[name] for name in names if name in table), None)


def _parse(tap: str) -> tuple[str, list[int]]:
    """'norm[0][-1]' -> 'norm', [0, -1]."""
    parsed = re.fullmatch(r'([\w.-]+)((?:\[-?\d+\])*)', tap)
    if parsed is None:
        raise ValueError(f'tap {tap!r} is no name with indices')
    return parsed[1], [int(index) for index in re.findall(r'-?\d+', parsed[2])]
