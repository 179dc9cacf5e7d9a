"""The results of an evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.stats import binomtest


@dataclass(frozen=True)
class Evaluation:
    """Predictions for labeled videos.

    Attributes:
        classes (list[str]): Names of the classes.
        paths (list[str]): Paths of N videos.
        labels (list[int]): Labels of the videos.
        predictions (dict[str, list[int]]): Predicted labels, by the name of the
            classifier, such as ``'fine-tuned'`` or ``'linear, pretrained'``.
        neighbors (list[list[str]]): For frozen features: some of the videos, each
            followed by its most similar training videos.
        weights (str): Digest of the weights that were tested; ``''`` if unknown.
    """

    classes: list[str]
    paths: list[str]
    labels: list[int]
    predictions: dict[str, list[int]]
    neighbors: list[list[str]] = field(default_factory=list)
    weights: str = ''

    def accuracy(self, name: str) -> tuple[float, float, float]:
        """Return the accuracy and its 95% Wilson interval, 0 to 1."""
        right = int(np.equal(self.predictions[name], self.labels).sum())
        found = binomtest(right, len(self.labels)).proportion_ci(method='wilson')
        return right / len(self.labels), found.low, found.high

    @property
    def most_frequent(self) -> float:
        """Accuracy of always predicting the most frequent class, 0 to 1."""
        return np.bincount(self.labels).max() / len(self.labels)
