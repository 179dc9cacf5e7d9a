"""Draw the groups of videos that are held out for validation."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold


def pairs_of_equals(keys: Sequence[str]) -> Iterator[tuple[int, int]]:
    """For each repeated key, yield the index of its first occurrence and its own index.

    Empty strings are ignored.
    """
    first = {}
    for index, key in enumerate(keys):
        if key and first.setdefault(key, index) != index:
            yield first[key], index


def number_sources(count: int, *keys: Sequence[str]) -> np.ndarray:
    """Number the groups of videos that stay together.

    Args:
        count (int): Number of videos, N.
        keys (Sequence[str]): Keys of N videos. Videos that share a key stay together,
            also indirectly. ``''`` is no key.

    Returns:
        np.ndarray: (N,), int, from 0, in order of first occurrence.
    """
    pairs = [pair for given in keys for pair in pairs_of_equals(given)]
    first, second = np.array(pairs, np.int64).reshape(-1, 2).T
    links = coo_matrix((np.ones(len(first)), (first, second)), (count, count))
    return connected_components(links, directed=False)[1]


def draw_held_out(
    labels: np.ndarray, sources: np.ndarray, share: float, seed: int
) -> np.ndarray:
    """Draw whole sources, with about the same share of each class.

    The rest contains every class. The drawn part contains every class that can be spared.

    Args:
        labels (np.ndarray): (N,), int, classes from 0.
        sources (np.ndarray): (N,), int, from 0.
        share (float): Share of the N videos to draw, about.
        seed (int): Random seed.

    Returns:
        np.ndarray: (N,), bool; all False if every source is needed.
    """
    counts = np.zeros((sources.max() + 1, labels.max() + 1), int)
    np.add.at(counts, (sources, labels), 1)
    drawn = [
        np.isin(np.arange(len(counts)), sources[fold])
        for fold in _folds(labels, sources, share, seed)
    ]
    none = np.zeros(len(counts), bool)
    best = min(drawn, key=lambda held: _flaws(held, counts, share), default=none)
    return _repair(best, counts > 0, counts.sum(1))[sources]


def _folds(
    labels: np.ndarray, sources: np.ndarray, share: float, seed: int
) -> list[np.ndarray]:
    """Divide the videos into parts of about the given share."""
    num_sources = sources.max() + 1
    count = min(round(1 / share), np.bincount(labels).max(), num_sources)
    if count < 2:
        return []
    alone = num_sources == len(sources)
    kind = StratifiedKFold if alone else StratifiedGroupKFold  # the latter is slow
    splitter = kind(int(count), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')  # about classes with fewer videos than parts
        return [part for _, part in splitter.split(labels, labels, sources)]


def _flaws(held: np.ndarray, counts: np.ndarray, share: float) -> tuple[int, float]:
    """Return how many classes the sides lack, then the error of the share."""
    lacking = sum((counts[side].sum(0) == 0).sum() for side in (held, ~held))
    return lacking, abs(counts[held].sum() / counts.sum() - share)


def _repair(held: np.ndarray, has: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Move small sources until the rest, and if possible the drawn part, has all classes.

    Args:
        held (np.ndarray): (S,), bool, drawn sources.
        has (np.ndarray): (S, C), bool, classes of each source.
        sizes (np.ndarray): (S,), int, number of videos of each source.

    Returns:
        np.ndarray: (S,), bool.
    """
    held = held.copy()
    for of_class in has.T:
        if of_class.any() and not (of_class & ~held).any():
            held[_smallest(of_class, sizes)] = False
    for of_class in has.T:
        needed = has[~held].sum(0) == 1
        spare = of_class & ~held & ~has[:, needed].any(1)
        if spare.any() and not (of_class & held).any():
            held[_smallest(spare, sizes)] = True
    return held


def _smallest(chosen: np.ndarray, sizes: np.ndarray) -> int:
    return np.flatnonzero(chosen)[sizes[chosen].argmin()]
