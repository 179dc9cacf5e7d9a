"""Shorten a run to a few of its batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.hooks import CheckpointHook, Hook, ParamSchedulerHook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from ..hooks.damaged_videos import DamagedVideosHook
from .few_batches import count_prepared, keep_few_batches
from .few_videos import STEADY, evaluate_few
from .forecast import Plan, read_plan


class RehearsalHook(Hook):
    """Shorten the first epoch of a run, or the epochs from there to the last.

    Each epoch has only its first batches and the last. Epochs and iterations keep their
    numbers: those in between are skipped, and only the parameter schedulers take their
    steps. An iteration-based loop is shortened to as many iterations. Hooks with an
    interval act every time.

    Args:
        begin (bool): Whether to end after the first epoch, which is always validated and
            saved. Otherwise the run continues to its end.

    Raises:
        ValueError: Before training, if the loop has several data loaders.

    Attributes:
        plan (Plan): Size of the whole run.
        sizes (list[int]): Clips in each batch.
    """

    priority = 'LOWEST'  # after all other hooks

    def __init__(self, begin: bool) -> None:
        self.begin = begin
        self.sizes: list[int] = []

    def before_train(self, runner: Runner) -> None:
        """Shorten the epochs."""
        loop = self.loop = runner.train_loop
        if hasattr(loop, 'multi_loader'):
            raise ValueError(
                f'{type(loop).__name__} has several data loaders; there is no rehearsal '
                'for it'
            )
        self.plan: Plan = read_plan(runner)
        self.by_iter = isinstance(loop, IterBasedTrainLoop)
        short = not (self.begin or self.by_iter)
        self.first = 1 if short else count_prepared(loop.dataloader) + STEADY
        self.span = len(loop.dataloader)
        if self.by_iter:
            self.span = min(self.first + 1, self.span, loop.max_iters)
        self._shorten()
        _set_intervals(runner.hooks, self.span)
        if self.begin:
            _set_validation_interval(loop, self.span if self.by_iter else 1)
        evaluate_few(runner.val_loop)

    def _shorten(self) -> None:
        loop = self.loop
        if isinstance(loop.dataloader.batch_sampler.sampler, InfiniteSampler):
            return  # all of its batches have the same size
        keep_few_batches(loop.dataloader, self.first)
        if self.by_iter:
            loop.dataloader_iterator = type(loop.dataloader_iterator)(loop.dataloader)
        else:
            loop.run_iter = _keep_batch_numbers(loop, self.first)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Skip to the last iteration of the epoch or run."""
        self.sizes.append(len(data_batch['data_samples']))
        done = runner.iter + 1
        if self.begin and done == self.span:
            self.loop.stop_training = True
        if not self.by_iter and batch_idx + 1 == self.first:
            self._skip(runner, self.span - 1 - self.first)
        elif self.by_iter and not self.begin:
            self._skip(runner, self.loop.max_iters - 1 - done)

    def after_train_epoch(self, runner: Runner) -> None:
        """Skip to the last epoch."""
        epochs = self.loop.max_epochs - 2 - self.loop.epoch
        if not self.begin and not self.by_iter and epochs > 0:
            self._skip(runner, epochs * self.span, epochs)

    def after_val_epoch(self, runner: Runner, metrics: dict | None = None) -> None:
        """Continue or end, regardless of an :class:`EarlyStoppingHook`."""
        self.loop.stop_training = self.begin

    def before_test(self, runner: Runner) -> None:
        """Shorten the test."""
        evaluate_few(runner.test_loop)

    def _skip(self, runner: Runner, iterations: int, epochs: int = 0) -> None:
        """Skip iterations and epochs; the schedulers take their steps."""
        iterations = max(0, iterations)
        for hook in runner.hooks:
            if isinstance(hook, ParamSchedulerHook):
                for _ in range(iterations):
                    hook.after_train_iter(runner, 0)
                for _ in range(epochs):
                    hook.after_train_epoch(runner)
        self.loop._iter += iterations
        self.loop._epoch += epochs


def _keep_batch_numbers(loop: BaseLoop, first: int) -> Callable[[int, Any], None]:
    """Give the last batch of an epoch its usual number."""
    stock, last = loop.run_iter, len(loop.dataloader) - 1

    def run_iter(idx: int, data_batch: Any) -> None:
        stock(idx if idx < first else last, data_batch)

    return run_iter


def _set_intervals(hooks: list[Hook], span: int) -> None:
    for hook in hooks:
        if isinstance(hook, CheckpointHook):
            hook.interval, hook.save_begin = 1 if hook.by_epoch else span, 0
        elif isinstance(getattr(hook, 'interval', None), int):
            hook.interval = 1
        if isinstance(hook, DamagedVideosHook):
            hook.max_share = 1.0  # one of few videos may exceed the share


def _set_validation_interval(loop: BaseLoop, interval: int) -> None:
    loop.val_begin, loop.val_interval = 1, interval
    loop.dynamic_milestones, loop.dynamic_intervals = [0], [interval]
