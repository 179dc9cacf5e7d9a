"""What half precision is too coarse for."""

from __future__ import annotations

import torch
from torch import Tensor

HALF_TYPES = (torch.float16, torch.bfloat16)


def at_least_single(values: Tensor) -> Tensor:
    """Make float32 of half types, and leave all others as they are.

    Sums of squares overflow in float16, from 65,504 on; differences of neighbouring
    values are lost in bfloat16, which has 8 significant bits.

    Args:
        values (Tensor): Any shape and type. Differentiable.

    Returns:
        Tensor: The same shape; the tensor itself unless it is float16 or bfloat16.
    """
    return values.float() if values.dtype in HALF_TYPES else values
