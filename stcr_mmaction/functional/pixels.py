"""Helpers for functions on the pixels of clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

Limits = tuple[float | Tensor, float | Tensor]
"""Smallest and largest pixel value; tensors (C,) if the channels differ."""


class PixelScale(NamedTuple):
    """The normalization of pixels, 0 to 255: (pixel - mean) / std.

    Attributes:
        mean (float | Tensor): (C,), float32, if the channels differ.
        std (float | Tensor): As mean.

    Examples:
        >>> PixelScale(mean=127.5, std=127.5).limits
        (-1.0, 1.0)
    """

    mean: float | Tensor = 0.0
    std: float | Tensor = 1.0

    @classmethod
    def of(cls, mean: Sequence[float] | None, std: Sequence[float] | None) -> PixelScale:
        """Return the scale of a preprocessor; None stands for mean 0 and std 1."""
        return cls(_one_or_all(mean or [0.0]), _one_or_all(std or [1.0]))

    def value_of(self, pixel: float) -> float | Tensor:
        """Return the normalized value of a pixel."""
        return (pixel - self.mean) / self.std

    @property
    def limits(self) -> tuple[float | Tensor, float | Tensor]:
        """The normalized values of 0 and 255."""
        return self.value_of(0), self.value_of(255)


def in_float(function: Callable[[Tensor], Tensor], clips: Tensor) -> Tensor:
    """Apply a function in floating point; round and clamp integer clips afterwards."""
    if clips.is_floating_point():
        return function(clips)
    limits = torch.iinfo(clips.dtype)
    mixed = function(clips.float()).round_().clamp_(limits.min, limits.max)
    # Converting to uint8 is more than twice as fast by way of int32.
    return (mixed.int() if limits.bits < 32 else mixed).to(clips.dtype)


def clamp(pixels: Tensor, limits: Limits | None) -> Tensor:
    """Clamp (N, C, T, H, W) in place, unless there are no limits."""
    if limits is None:
        return pixels
    return pixels.clamp_(*(per_channel(limit, pixels) for limit in limits))


def per_channel(value: float | Tensor, pixels: Tensor) -> float | Tensor:
    """Reshape a value, or (C,) values, to broadcast with pixels (N, C, T, H, W)."""
    if not isinstance(value, Tensor):
        return value
    value = value.to(pixels.device, pixels.dtype, non_blocking=True)
    return value.view(-1, 1, 1, 1)


def _one_or_all(values: Sequence[float]) -> float | Tensor:
    if len(set(values)) == 1:
        return float(values[0])
    return torch.tensor(values, dtype=torch.float32)
