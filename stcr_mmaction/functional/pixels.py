"""What functions on the pixels of clips share."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def in_float(function: Callable[[Tensor], Tensor], clips: Tensor) -> Tensor:
    """Apply to floats; integers go there and come back rounded, within their range."""
    if clips.is_floating_point():
        return function(clips)
    limits = torch.iinfo(clips.dtype)
    mixed = function(clips.float()).round_().clamp_(limits.min, limits.max)
    # By way of int32, torch converts to uint8 more than twice as fast.
    return (mixed.int() if limits.bits < 32 else mixed).to(clips.dtype)
