"""Means, and paired differences between runs that differ in one setting."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences.

    Attributes:
        mean (float): The mean.
        half_width (float, optional): Half the width of its confidence interval; None for
            a single pair.
        n (int): Number of pairs.
    """

    mean: float
    half_width: float | None
    n: int

    @property
    def sign(self) -> int | None:
        """Return 1 or -1 if 0 is outside the interval, else 0; None for one pair."""
        if self.half_width is None:
            return None
        return 0 if abs(self.mean) <= self.half_width else int(np.sign(self.mean))


def mean_and_std(values: Sequence[float]) -> tuple[float, float | None]:
    """Compute mean and sample standard deviation, None for a single value."""
    std = float(np.std(values, ddof=1)) if len(values) > 1 else None
    return float(np.mean(values)), std


def paired_difference(
    values: Sequence[float], others: Sequence[float], confidence: float = 0.95
) -> Difference:
    """Compare two sequences pair by pair.

    Args:
        values (Sequence[float]): n values.
        others (Sequence[float]): n values, paired by position.
        confidence (float): Confidence level of the interval, between 0 and 1. Defaults to
            0.95.

    Returns:
        Difference: Of ``values - others``, with Student's t interval over the pairs.

    Raises:
        ValueError: If there are no pairs, or the lengths differ.

    Source: the paired t test, Student, The probable error of a mean, 1908.
    """
    if not values or len(values) != len(others):
        raise ValueError(f'cannot pair {len(values)} values with {len(others)}')
    mean, std = mean_and_std(np.subtract(values, others))
    n, half_width = len(values), None
    if std is not None:
        half_width = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * std / n**0.5
    return Difference(mean, half_width, n)
