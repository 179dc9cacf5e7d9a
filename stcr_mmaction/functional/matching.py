"""Compare two sets of weights by names and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from torch import Tensor

COUNTERS = 'num_batches_tracked'
"""Counters of normalization layers: not needed, and missing in files of old PyTorch."""


class Match(NamedTuple):
    """How the tensors of a model and a checkpoint match.

    Attributes:
        matched (list[str]): In both, with the same shape.
        missing (list[str]): Only in the model.
        unexpected (list[str]): Only in the checkpoint.
        reshaped (list[str]): In both, with different shapes, which follow the name.
    """

    matched: list[str]
    missing: list[str]
    unexpected: list[str]
    reshaped: list[str]

    @property
    def share(self) -> float:
        """Share of matched tensors among all of either side; 1 if there are none."""
        total = sum(map(len, self))
        return len(self.matched) / total if total else 1.0

    def __str__(self) -> str:
        """Such as '38 of 40 tensors match, 2 of another shape'."""
        texts = ['{} not in the checkpoint', '{} not in the model', '{} of another shape']
        others = [
            text.format(len(names))
            for text, names in zip(texts, self[1:], strict=True)
            if names
        ]
        counts = f'{len(self.matched)} of {sum(map(len, self))} tensors match'
        return ', '.join([counts, *others])

    def examples(self, number: int = 5) -> str:
        """List the first names of each kind of mismatch, one line for each kind."""
        kinds = ('not in the checkpoint', 'not in the model', 'of another shape')
        return '\n'.join(
            f'{kind}: {some(names, number)}'
            for kind, names in zip(kinds, self[1:], strict=True)
            if names
        )


def some(names: list[str], number: int = 5) -> str:
    """Join the first names, and add how many more there are."""
    more = len(names) - number
    return ', '.join(names[:number]) + (f' and {more} more' if more > 0 else '')


def match_tensors(model: Mapping[str, Any], checkpoint: Mapping[str, Any]) -> Match:
    """Compare names and shapes.

    Args:
        model (Mapping): Tensors by name, of any shape and dtype. Other values, and
            counters of normalization layers, are ignored on both sides.
        checkpoint (Mapping): As ``model``.

    Returns:
        Match: The names by result, in order of the model, then of the checkpoint.
    """
    ours, theirs = _shapes(model), _shapes(checkpoint)
    shared = [name for name in ours if name in theirs]
    return Match(
        matched=[name for name in shared if ours[name] == theirs[name]],
        missing=[name for name in ours if name not in theirs],
        unexpected=[name for name in theirs if name not in ours],
        reshaped=[
            f'{name} ({theirs[name]} in the checkpoint, {ours[name]} in the model)'
            for name in shared
            if ours[name] != theirs[name]
        ],
    )


def of_part(weights: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Return the entries of a submodule, by their full names."""
    return {key: value for key, value in weights.items() if key.startswith(f'{part}.')}


def countable(weights: Mapping[str, Any]) -> dict[str, Tensor]:
    """Return the tensors without the counters of normalization layers."""
    return {
        name: value
        for name, value in weights.items()
        if isinstance(value, Tensor) and not name.endswith(COUNTERS)
    }


def _shapes(weights: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in countable(weights).items()}
