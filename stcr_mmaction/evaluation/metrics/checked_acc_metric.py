"""Accuracy to which every video of the test set counts, loadable or not."""

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
    """:class:`AccMetric` that counts a video which could not be loaded as wrong.

    For a test set of ``CheckedVideoDataset(on_error='count_as_wrong')``, whose damaged
    videos are stood in for by others: those are wrong, in the mean over classes as well.
    They are logged with the figures, of which ``damaged_videos`` is their number.
    """

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep scores and labels; a damaged video's own class gets the lowest score."""
        count = len(self.results)
        super().process(data_batch, [judge_damaged(sample) for sample in data_samples])
        for result, sample in zip(self.results[count:], data_samples, strict=True):
            result['damaged'] = sample.get('damaged')

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the figures of :class:`AccMetric`, and ``damaged_videos``."""
        damaged = [result['damaged'] for result in results if result['damaged']]
        for reason in damaged:
            message = f'counted as wrong: {reason}'
            print_log(message, logger='current', level=logging.WARNING)
        # Of whole numbers mmengine's JSON would have null.
        count = float(len(damaged))
        figures = cap_top_k(super().compute_metrics(results), results)
        return {**figures, 'damaged_videos': count}


def cap_top_k(figures: dict[str, float], results: Sequence[dict]) -> dict[str, float]:
    """Let damaged videos be wrong among as many guesses as there are classes, too.

    Args:
        figures (dict[str, float]): Of these results, those of ``top{k}`` among them.
        results (Sequence[dict]): Of a video, or of a clip, each; with ``damaged``.

    Returns:
        dict[str, float]: The figures, ``top{k}`` at most the share that is not damaged.
    """
    share = sum(not result['damaged'] for result in results) / len(results)
    return {n: min(f, share) if 'top' in n else f for n, f in figures.items()}


def judge_damaged(sample: dict) -> dict:
    """Return the sample, or of a damaged video one that no scores get right.

    Args:
        sample (dict): With ``pred_score`` (..., classes).

    Returns:
        dict: The sample; of a damaged video with its label, which has the lowest score.
    """
    if 'damaged' not in sample:
        return sample
    label, scores = sample['damaged_label'], sample['pred_score'].clone()
    scores[..., label] = scores.min() - 1
    return {**sample, 'pred_score': scores, 'gt_label': torch.tensor([label])}
