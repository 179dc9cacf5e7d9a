"""Taps: the layer whose feature maps are regularized.

A tap is the name of a submodule of the backbone (``'conv5b'``), or ``'output'`` for the
output of the backbone. A negative number counts from the end of a list of layers
(``'blocks.-1'``). An index selects an entry of a tuple (``'output[-1]'``, the last
stage); it has no effect on a tensor. :data:`DEFAULT_TAPS` has the taps of MMAction2's
backbones, and :data:`TOKEN_LAYOUTS` the functions that convert tokens to maps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from einops import EinopsError, rearrange
from mmaction.utils import ForwardResults
from torch import Tensor, nn

OUTPUT = 'output'

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
"""Tap and reason by backbone type; for other backbones it is the output."""

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
"""Functions that convert the tokens (three axes) of a backbone type to maps."""


class Tap:
    """A tap of a type of backbone.

    Args:
        backbone (nn.Module): The backbone, which is not kept.
        name (str, optional): The tap, as in the config. Defaults to None: the backbone's
            entry in :data:`DEFAULT_TAPS`, otherwise its output.

    Attributes:
        name (str): The tap.

    Raises:
        ValueError: If there is no such layer; lists the existing layers.
    """

    def __init__(self, backbone: nn.Module, name: str | None = None) -> None:
        default, _ = _of_type(DEFAULT_TAPS, backbone) or _A_MAP
        self.name = default if name is None else name
        self._read_tokens: Read | None = _of_type(TOKEN_LAYOUTS, backbone)
        try:
            self._layer, self._indices = _parse(self.name)
            self.find_layer(backbone)
        except (AttributeError, IndexError, TypeError, ValueError):
            names = [n for n, _ in backbone.named_modules() if n and n.count('.') < 2]
            raise ValueError(
                f'tap {self.name!r} is not a submodule of {type(backbone).__name__}; it '
                f'has {", ".join([*names, OUTPUT])}. Indices may follow: output[0]'
            ) from None

    def __call__(
        self,
        backbone: nn.Module,
        clips: Sequence[int],
        run: Callable[[], ForwardResults],
    ) -> tuple[ForwardResults, Tensor]:
        """Run the backbone, and return its output and the maps.

        Args:
            backbone (nn.Module): The backbone. The layer is looked up each time, since
                mmengine may replace layers later (SyncBN, activation checkpointing).
            clips (Sequence[int]): Shape (N, C, T, H, W) of its input in ``run``.
            run (Callable): Runs the backbone and returns its output.

        Returns:
            tuple[ForwardResults, Tensor]: The result of ``run``, and the maps (N, C', T',
            H', W'), or the layer's output if its layout is unknown. If the layer is
            called several times, the last call counts.

        Raises:
            ValueError: If the layer was not called, or its output is not a tensor or has
                the wrong number of tokens.
        """
        if self._layer == OUTPUT:
            output = given = run()
        else:
            output, given = self._listen(backbone, run)
        return output, self._make_maps(given, backbone, clips)

    def maps(self, backbone: nn.Module, clips: Tensor) -> Tensor:
        """Return the maps of clips (N, C, T, H, W)."""
        return self(backbone, clips.shape, lambda: backbone(clips))[1]

    def find_layer(self, backbone: nn.Module) -> nn.Module:
        """Return the module of the tap."""
        layer = backbone
        for part in [] if self._layer == OUTPUT else self._layer.split('.'):
            layer = layer[int(part)] if part.startswith('-') else getattr(layer, part)
        if not isinstance(layer, nn.Module):
            raise TypeError(f'{self.name} is a {type(layer).__name__}')
        return layer

    def _listen(
        self, backbone: nn.Module, run: Callable[[], ForwardResults]
    ) -> tuple[ForwardResults, ForwardResults]:
        """Return the outputs of the backbone and of the layer."""
        outputs = []
        layer = self.find_layer(backbone)
        with layer.register_forward_hook(lambda *call: outputs.append(call[-1])):
            output = run()
        if not outputs:
            raise ValueError(
                f'{self}: {type(backbone).__name__} never calls this submodule itself; '
                'set tap to a layer inside of it'
            )
        return output, outputs[-1]

    def _make_maps(
        self, given: ForwardResults, backbone: nn.Module, clips: Sequence[int]
    ) -> Tensor:
        """Convert the output of the layer to maps."""
        for index in self._indices:
            given = given[index] if isinstance(given, (tuple, list)) else given
        if not isinstance(given, Tensor):
            raise ValueError(
                f'{self} gives a {type(given).__name__}, not one tensor: set tap to a '
                f"submodule of the backbone that gives maps (N, C', T', H', W'), or to "
                f"an entry of the tuple, as in '{OUTPUT}[0]'"
            )
        if given.ndim != 3 or self._read_tokens is None:
            return given
        try:
            return self._read_tokens(given, backbone, clips)
        except EinopsError:
            raise ValueError(
                f'{self} gives tokens {tuple(given.shape)}, which are not those of clips '
                f'(N, C, T, H, W) = {tuple(clips)}: leave out tap, or set it to a layer '
                'that keeps the tokens of all times and places'
            ) from None

    def __str__(self) -> str:
        return 'the backbone' if self.name == OUTPUT else f'tap {self.name!r}'


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
