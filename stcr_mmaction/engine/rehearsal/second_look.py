"""Metrics of few videos, or of all if these are too few."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mmengine.dist import is_main_process
from mmengine.evaluator import BaseMetric, Evaluator
from mmengine.runner import BaseLoop

from .few_batches import count_prepared, take_few

FAILED = 'could not be computed'
STEADY = 4
"""Batches that are measured, beyond those that workers have prepared."""


class SecondLook:
    """An evaluator that looks at all videos where few are too few for a metric.

    Ten neighbours, or five folds of each class, cannot be had from a handful of videos.
    That is no fault of the config, so what counts is the error that all videos give.

    Args:
        loop (BaseLoop): Of validation or test. Its data loader is changed in place.
        first (int): How many of the first batches are looked at.
    """

    def __init__(self, loop: BaseLoop, first: int) -> None:
        self.loop = loop
        self.evaluator: Evaluator = loop.evaluator
        self.few = take_few(loop.dataloader, first)

    def __getattr__(self, name: str) -> Any:
        """Do what the other evaluator does."""
        if name == 'evaluator' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.evaluator, name)

    def evaluate(self, size: int) -> dict:
        """Compute the metrics of the videos so far, or if that fails of all."""
        if self.few.are_all():
            return self.evaluator.evaluate(size)
        with _errors_as_figures(self.evaluator.metrics):
            figures = self.evaluator.evaluate(size)
        errors = [value for key, value in figures.items() if FAILED in key]
        return self._look_at_all(size, errors) if errors else figures

    def _look_at_all(self, size: int, errors: Sequence[str]) -> dict:
        if is_main_process():
            print(f'  few videos are too few, looking at all {size}: {"; ".join(errors)}')
        self.few.first = len(self.few)
        for idx, data_batch in enumerate(self.loop.dataloader):
            self.loop.run_iter(idx, data_batch)
        return self.evaluator.evaluate(size)


def look_at_few(loop: BaseLoop | None) -> None:
    """Let validation or test look at the first videos and the last, if there is one."""
    if loop is not None:
        first = count_prepared(loop.dataloader) + STEADY
        loop.evaluator = SecondLook(loop, first)


@contextmanager
def _errors_as_figures(metrics: Sequence[BaseMetric]) -> Iterator[None]:
    """Let the first process, which alone computes, tell the others of an error."""
    for number, metric in enumerate(metrics):
        metric.compute_metrics = _guarded(metric.compute_metrics, number)
    try:
        yield
    finally:
        for metric in metrics:
            del metric.compute_metrics


def _guarded(compute: Callable[[list], dict], number: int) -> Callable[[list], dict]:
    def compute_metrics(results: list) -> dict:
        try:
            return compute(results)
        except Exception as error:
            return {f'{FAILED} {number}': f'{type(error).__name__}: {error}'}

    return compute_metrics
