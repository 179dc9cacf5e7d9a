"""Accuracies of arms and their differences, with intervals over videos and seeds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..bootstrap import Estimate, estimate
from ..result import read_result
from .network import PIXELS, RECIPE, UNTRAINED


class Group(NamedTuple):
    """The results of one arm for several seeds."""

    set: str
    backbone: str
    arm: str
    results: Mapping[int, Mapping]

    def choose(self, seeds: Collection[int]) -> Group:
        """Return the results of some seeds."""
        kept = {seed: found for seed, found in self.results.items() if seed in seeds}
        return self._replace(results=kept)

    def right(self, measure: str) -> dict[int, np.ndarray]:
        """Return which videos were classified correctly, (N,), for each seed."""
        return {
            seed: np.array([digit == '1' for digit in result['right'][measure]], float)
            for seed, result in self.results.items()
        }


def read_groups(folder: Path, pattern: str = '*.json') -> list[Group]:
    """Read result files, grouped by all but the seed.

    Args:
        folder (Path): Folder of the files.
        pattern (str): Pattern of file names. Defaults to all.
    """
    groups: dict[tuple, dict[int, Mapping]] = {}
    for file in sorted(folder.glob(pattern)):
        result = read_result(file)
        key = result['set'], result['backbone'], result['arm']
        groups.setdefault(key, {})[result['seed']] = result
    return [Group(*key, results) for key, results in groups.items()]


def accuracy(group: Group, measure: str) -> Estimate:
    """Estimate the accuracy of an arm, in percent."""
    return estimate(np.stack(list(group.right(measure).values())))


def difference(group: Group, other: Group, measure: str) -> Estimate | None:
    """Estimate the difference of two arms in points, on their common seeds."""
    ours, theirs = group.right(measure), other.right(measure)
    both = sorted(set(ours) & set(theirs))
    return estimate(np.stack([ours[s] - theirs[s] for s in both])) if both else None


def tell_difference(group: Group, other: Group | None, measure: str) -> str:
    """Return the difference of two arms as a cell; bold if its interval lacks zero."""
    if other is None or group.arm in (UNTRAINED, PIXELS, other.arm):
        return '–'
    estimate = difference(group, other, measure)
    return '–' if estimate is None else estimate.as_difference()


def order(group: Group) -> tuple:
    """Return a key that sorts groups: pixels first, then by backbone and arm."""
    arms = PIXELS, UNTRAINED, RECIPE
    place = arms.index(group.arm) if group.arm in arms else len(arms)
    return group.arm != PIXELS, group.backbone, place, group.arm
