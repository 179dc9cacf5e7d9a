"""Argument checks that all parts of the package share."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from numbers import Real
from typing import Any

from torch import Tensor


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise a ValueError that lists the choices if ``value`` is none of them."""
    if value not in choices:
        raise ValueError(f'{name} must be one of {choices}, got {value!r}')


def check_positive(name: str, value: float) -> None:
    """Raise a ValueError unless ``value`` is a finite number above 0."""
    if not isinstance(value, Real) or not 0 < value < inf:
        raise ValueError(f'{name} must be above 0, got {value!r}')


def check_weight(name: str, value: float) -> None:
    """Raise a ValueError unless ``value`` is a finite number, 0 or above."""
    if not isinstance(value, Real) or not 0 <= value < inf:
        raise ValueError(f'{name} must be a number, 0 or above, got {value!r}')


def check_probability(name: str, value: float) -> None:
    """Raise a ValueError unless ``value`` is between 0 and 1."""
    if not 0 <= value <= 1:
        raise ValueError(f'{name} must be between 0 and 1, got {value!r}')


def check_same_shape(clean: Tensor, noise: Tensor) -> None:
    """Raise a ValueError unless the features of both paths have one shape."""
    if clean.shape != noise.shape:
        raise ValueError(
            'the clean and the noise path must have features of one shape, got '
            f'{tuple(clean.shape)} and {tuple(noise.shape)}'
        )


def check_renamed(options: Mapping[str, Any], **new_names: str) -> None:
    """Raise a ValueError if there is an option by its old name; tells the new one."""
    for old, new in new_names.items():
        if old in options:
            raise ValueError(f'the option {old} is now called {new}: rename it')


def check_one_per_clip(clips: Tensor, **drawn: Tensor) -> None:
    """Raise a ValueError unless each tensor has one value for each clip."""
    for name, values in drawn.items():
        if values.shape != clips.shape[:1]:
            raise ValueError(
                f'{name} must hold one value for each of the {len(clips)} clips, got '
                f'shape {tuple(values.shape)}'
            )
