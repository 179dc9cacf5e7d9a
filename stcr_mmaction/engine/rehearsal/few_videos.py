"""Compute metrics on few videos, or on all if these are not enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.runner import BaseLoop

from .few_batches import count_prepared, keep_few_batches

FAILED = 'could not be computed'
STEADY = 4
"""Measured batches, in addition to those that workers prepare in advance."""


class FullFallbackEvaluator:
    """An evaluator that uses all videos if a metric fails on few.

    A handful of videos is not enough for ten neighbors or five folds of each class. This
    is not an error of the config, so only an error on all videos counts.

    Args:
        loop (BaseLoop): Loop of validation or test. Its data loader is changed in place.
        first (int): Number of first batches to use.
    """

    def __init__(self, loop: BaseLoop, first: int) -> None:
        self.loop = loop
        self.evaluator: Evaluator = loop.evaluator
        self.few = keep_few_batches(loop.dataloader, first)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the stock evaluator."""
        if name == 'evaluator' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.evaluator, name)

    def evaluate(self, size: int) -> dict:
        """Compute the metrics on the videos so far, or on all if that fails."""
        if self.few.is_complete():
            return self.evaluator.evaluate(size)
        with _return_errors(self.evaluator.metrics):
            figures = self.evaluator.evaluate(size)
        errors = [value for key, value in figures.items() if FAILED in key]
        return self._evaluate_all(size, errors) if errors else figures

    def _evaluate_all(self, size: int, errors: Sequence[str]) -> dict:
        if is_main_process():
            print(f'  not enough videos, using all {size}: {"; ".join(errors)}')
        self.few.first = len(self.few)
        for idx, data_batch in enumerate(self.loop.dataloader):
            self.loop.run_iter(idx, data_batch)
        return self.evaluator.evaluate(size)


def evaluate_few(loop: BaseLoop | None) -> None:
    """Make validation or test use only the first and last videos."""
    if loop is not None:
        first = count_prepared(loop.dataloader) + STEADY
        loop.evaluator = FullFallbackEvaluator(loop, first)


@contextmanager
def _return_errors(metrics: Sequence[BaseMetric]) -> Iterator[None]:
    """Return errors as results, since only the first process computes metrics."""
    for number, metric in enumerate(metrics):
        metric.compute_metrics = _return_error(metric.compute_metrics, number)
    try:
        yield
    finally:
        for metric in metrics:
            del metric.compute_metrics


def _return_error(compute: Callable[[list], dict], number: int) -> Callable[[list], dict]:
    def compute_metrics(results: list) -> dict:
        try:
            return compute(results)
        except Exception as error:
            return {f'{FAILED} {number}': f'{type(error).__name__}: {error}'}

    return compute_metrics
