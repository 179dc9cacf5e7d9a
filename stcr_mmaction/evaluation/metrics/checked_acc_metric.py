"""Accuracy over all test videos, including those that cannot be loaded."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import torch
from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS
from mmengine.logging import print_log


@METRICS.register_module()
class CheckedAccMetric(AccMetric):
    """:class:`AccMetric` that counts videos that cannot be loaded as wrong.

    For a test set of ``CheckedVideoDataset(on_error='count_as_wrong')``, which replaces
    damaged videos by others. These count as wrong, also in the mean over classes. They
    are logged, and ``damaged_videos`` is their number.
    """

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep scores and labels; count damaged videos as wrong."""
        count = len(self.results)
        super().process(data_batch, [count_as_wrong(sample) for sample in data_samples])
        for result, sample in zip(self.results[count:], data_samples, strict=True):
            result['damaged'] = sample.get('damaged')

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the metrics of :class:`AccMetric`, and ``damaged_videos``."""
        damaged = [result['damaged'] for result in results if result['damaged']]
        for reason in damaged:
            message = f'counted as wrong: {reason}'
            print_log(message, logger='current', level=logging.WARNING)
        # A float, since mmengine writes null for integers.
        count = float(len(damaged))
        figures = cap_top_k(super().compute_metrics(results), results)
        return {**figures, 'damaged_videos': count}


def cap_top_k(figures: dict[str, float], results: Sequence[dict]) -> dict[str, float]:
    """Count damaged videos as wrong even if k is the number of classes.

    Args:
        figures (dict[str, float]): Metrics of these results, including ``top{k}``.
        results (Sequence[dict]): Results of videos or clips, with ``damaged``.

    Returns:
        dict[str, float]: The metrics; ``top{k}`` is at most the share of undamaged
        videos.
    """
    share = sum(not result['damaged'] for result in results) / len(results)
    return {n: min(f, share) if 'top' in n else f for n, f in figures.items()}


def count_as_wrong(sample: dict) -> dict:
    """Return a sample; change that of a damaged video so that it counts as wrong.

    Args:
        sample (dict): A sample with ``pred_score`` (..., classes).

    Returns:
        dict: The sample. For a damaged video, the true label has the lowest score.
    """
    if 'damaged' not in sample:
        return sample
    label, scores = sample['damaged_label'], sample['pred_score'].clone()
    scores[..., label] = scores.min() - 1
    return {**sample, 'pred_score': scores, 'gt_label': torch.tensor([label])}
