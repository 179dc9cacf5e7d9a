"""Data sets inside of others."""

from __future__ import annotations

from collections.abc import Iterator

from torch.utils.data import Dataset


def find_datasets(dataset: Dataset) -> Iterator[Dataset]:
    """Yield the data sets that hold no other.

    Args:
        dataset (Dataset): One, or what repeats, joins or wraps several: what has
            ``dataset`` or ``datasets``.

    Yields:
        Dataset: Itself if it holds no other.
    """
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    inner = [one for one in inner if one is not None]
    if not inner:
        yield dataset
    for one in inner:
        yield from find_datasets(one)
