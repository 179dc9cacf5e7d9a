"""What was found of labeled videos."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binomtest


@dataclass(frozen=True)
class Evaluation:
    """What was found of some labeled videos.

    Attributes:
        classes (list[str]): Their names.
        paths (list[str]): N videos.
        labels (list[int]): Of the videos.
        predictions (dict[str, list[int]]): For each way to tell the class, such as
            ``'fine-tuned'`` or ``'linear, pretrained'``, its answers for the videos.
        neighbors (list[list[str]]): Of frozen features: some of the videos, each
            followed by the training videos that are most like it.
    """

    classes: list[str]
    paths: list[str]
    labels: list[int]
    predictions: dict[str, list[int]]
    neighbors: list[list[str]] = field(default_factory=list)

    def accuracy(self, name: str) -> tuple[float, float, float]:
        """Return the share that is right, and its 95% interval (Wilson's), 0 to 1."""
        right = int(np.equal(self.predictions[name], self.labels).sum())
        found = binomtest(right, len(self.labels)).proportion_ci(method='wilson')
        return right / len(self.labels), found.low, found.high

    @property
    def most_frequent(self) -> float:
        """What always the most frequent class would have right, 0 to 1."""
        return np.bincount(self.labels).max() / len(self.labels)
