"""Where the maps that are regularized come from."""

from __future__ import annotations

import copy

from mmaction.utils import ForwardResults
from torch import Tensor, nn, zeros


def check_tap(backbone: nn.Module, tap: str) -> None:
    """Raise a ValueError that lists the submodules unless ``tap`` is one."""
    names = [name for name, _ in backbone.named_modules() if name]
    if tap not in names:
        raise ValueError(
            f'tap {tap!r} is not a submodule of {type(backbone).__name__}; it has '
            f'{", ".join(names)}'
        )


def check_maps(maps: ForwardResults, layer: str) -> Tensor:
    """Raise a ValueError that names the layer unless it gives one tensor."""
    if not isinstance(maps, Tensor):
        raise ValueError(
            f'{layer} gives a {type(maps).__name__}, not one tensor: set tap to a '
            "submodule of the backbone that gives maps (N, C', T', H', W')"
        )
    return maps


def freeze_beyond(backbone: nn.Module, tap: str) -> None:
    """Freeze the parameters that the tapped layer does not depend on.

    Nothing trains them without a ``cls_head``; distributed training stops at parameters
    without a gradient, and weight decay would shrink them. Which ones they are is asked
    of autograd on the meta device, where nothing is computed.
    """
    probe = copy.deepcopy(backbone).to('meta').requires_grad_(True)
    kernels = (p for p in probe.parameters() if p.ndim == 5)
    channels = next((kernel.shape[1] for kernel in kernels), 3)
    tapped = []
    layer = probe.get_submodule(tap)
    layer.register_forward_hook(lambda module, inputs, output: tapped.append(output))
    probe(zeros(2, channels, 16, 112, 112, device='meta'))
    tapped[0].sum().backward()
    reached = {name for name, p in probe.named_parameters() if p.grad is not None}
    for name, parameter in backbone.named_parameters():
        if name not in reached:
            parameter.requires_grad = False
