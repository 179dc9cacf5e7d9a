"""Bootstrap intervals of means over seeds and videos."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

RESAMPLED = 4000
CONFIDENCE = 95


class Estimate(NamedTuple):
    """A mean in percent or points, its 95% interval, and the number of seeds."""

    mean: float
    low: float
    high: float
    seeds: int

    @property
    def clear(self) -> bool:
        """Whether zero is outside the interval."""
        return self.low > 0 or self.high < 0

    def as_difference(self) -> str:
        """Return it with signs, in bold if it is clear."""
        return f'**{self:+}**' if self.clear else f'{self:+}'

    def __format__(self, sign: str) -> str:
        """``mean [low, high]``, with ``sign``, ``'+'`` or nothing, before each."""
        mean, low, high = (f'{value:{sign}.0f}' for value in self[:3])
        return f'{mean} [{low}, {high}]'


def tell_change(before: Estimate, after: Estimate, difference: Estimate) -> str:
    """Return both means and the difference as the cell of a table."""
    return f'{before.mean:.0f} → {after.mean:.0f}, {difference.as_difference()}'


def estimate(values: np.ndarray) -> Estimate:
    """Estimate a mean in percent.

    Args:
        values (np.ndarray): (seeds, videos), float.

    Returns:
        Estimate: The estimate, by a bootstrap over seeds and videos independently.
    """
    random = np.random.default_rng(0)
    means = list(_resampled_means(values, random))
    rest = (100 - CONFIDENCE) / 2
    low, high = np.percentile(means, (rest, 100 - rest))
    return Estimate(100 * values.mean(), 100 * low, 100 * high, len(values))


def _resampled_means(values: np.ndarray, random: np.random.Generator) -> Iterator[float]:
    seeds, videos = values.shape
    for _ in range(RESAMPLED):
        # Counts as weights: a weighted mean is faster than copying rows.
        of_seeds = np.bincount(random.integers(seeds, size=seeds), minlength=seeds)
        of_videos = np.bincount(random.integers(videos, size=videos), minlength=videos)
        yield of_seeds @ values @ of_videos / (seeds * videos)
