"""Find nested data sets."""

from __future__ import annotations

from collections.abc import Iterator

from torch.utils.data import Dataset


def find_datasets(dataset: Dataset) -> Iterator[Dataset]:
    """Yield the innermost data sets.

    Args:
        dataset (Dataset): A data set, or a wrapper with ``dataset`` or ``datasets``.

    Yields:
        Dataset: Each data set that contains no other.
    """
    inner = getattr(dataset, 'datasets', None) or [getattr(dataset, 'dataset', None)]
    inner = [one for one in inner if one is not None]
    if not inner:
        yield dataset
    for one in inner:
        yield from find_datasets(one)
