"""Accuracies of arms and their differences, with intervals over videos and seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..result import read_result

RESAMPLED = 4000
CONFIDENCE = 95


class Estimate(NamedTuple):
    """Percent or points, with the 95% interval, from so many seeds."""

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def clear(self) -> bool:
        """Whether the interval has zero outside."""
        return self.low > 0 or self.high < 0

    def __format__(self, sign: str) -> str:
        """``mean [low, high]``, with ``sign``, ``'+'`` or nothing, before each."""
        mean, low, high = (f'{value:{sign}.0f}' for value in self[:3])
        return f'{mean} [{low}, {high}]'


class Group(NamedTuple):
    """The results of one arm that differ by the seed alone."""

    set: str
    backbone: str
    arm: str
    results: Mapping[int, Mapping]

    def right(self, measure: str) -> dict[int, np.ndarray]:
        """Return which videos were told right, (N,), for each seed."""
        return {
            seed: np.array([digit == '1' for digit in result['right'][measure]], float)
            for seed, result in self.results.items()
        }


def read_groups(folder: Path, pattern: str = '*.json') -> list[Group]:
    """Read result files, grouped by all but the seed.

    Args:
        folder (Path): Of the files.
        pattern (str): Which ones. Defaults to all.
    """
    groups: dict[tuple, dict[int, Mapping]] = {}
    for file in sorted(folder.glob(pattern)):
        result = read_result(file)
        key = result['set'], result['backbone'], result['arm']
        groups.setdefault(key, {})[result['seed']] = result
    return [Group(*key, results) for key, results in groups.items()]


def accuracy(group: Group, measure: str) -> Estimate:
    """Estimate the accuracy of an arm, in percent."""
    return _estimate(np.stack(list(group.right(measure).values())))


def difference(group: Group, other: Group, measure: str) -> Estimate | None:
    """Estimate by how many points one arm is better, on the seeds that both have."""
    ours, theirs = group.right(measure), other.right(measure)
    both = sorted(set(ours) & set(theirs))
    return _estimate(np.stack([ours[s] - theirs[s] for s in both])) if both else None


def _estimate(values: np.ndarray) -> Estimate:
    """Bootstrap the mean of (seeds, videos) over both, each drawn by itself."""
    random = np.random.default_rng(0)
    means = list(_resampled_means(values, random))
    rest = (100 - CONFIDENCE) / 2
    low, high = np.percentile(means, (rest, 100 - rest))
    return Estimate(100 * values.mean(), 100 * low, 100 * high, len(values))


def _resampled_means(values: np.ndarray, random: np.random.Generator) -> Iterator[float]:
    seeds, videos = values.shape
    for _ in range(RESAMPLED):
        # How often each comes: a weighted mean is faster than copies of the rows.
        of_seeds = np.bincount(random.integers(seeds, size=seeds), minlength=seeds)
        of_videos = np.bincount(random.integers(videos, size=videos), minlength=videos)
        yield of_seeds @ values @ of_videos / (seeds * videos)
