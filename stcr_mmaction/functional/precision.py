"""Avoid half precision where it is too coarse."""

from __future__ import annotations

import torch
from torch import Tensor

HALF_TYPES = (torch.float16, torch.bfloat16)


def at_least_single(values: Tensor) -> Tensor:
    """Convert half types to float32, and leave other types unchanged.

    Sums of squares overflow in float16 above 65,504. bfloat16 has 8 significant bits, so
    small differences are lost.

    Args:
        values (Tensor): Any shape and type. Differentiable.

    Returns:
        Tensor: The same shape; the tensor itself unless it is float16 or bfloat16.
    """
    return values.float() if values.dtype in HALF_TYPES else values
