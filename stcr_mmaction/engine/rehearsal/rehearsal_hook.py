"""From the first batch to the last in a few steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mmengine.dataset import InfiniteSampler
from mmengine.hooks import CheckpointHook, Hook, ParamSchedulerHook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from ..hooks.damaged_videos import DamagedVideosHook
from .few_batches import count_prepared, take_few
from .forecast import Plan, read_plan
from .second_look import STEADY, look_at_few


class RehearsalHook(Hook):
    """Take a run through its first epoch, or from there to its last one.

    Of each epoch there are the first batches and the last. Epochs and iterations keep
    their numbers: those in between are skipped, and only the parameter schedulers take
    their steps. In a loop by iterations the miniature of an epoch is so many iterations.
    All hooks that act now and then act each time.

    Args:
        begin (bool): Whether this run ends with the first epoch, which is validated and
            saved whatever the intervals; if not, it goes on from there to the end.

    Raises:
        ValueError: Before training, if the loop has several data loaders.

    Attributes:
        plan (Plan): What the whole run will do.
        sizes (list[int]): Clips of each batch.
    """

    priority = 'LOWEST'  # all others have had their turn

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
        _act_each_time(runner.hooks, self.span)
        if self.begin:
            _validate_each(loop, self.span if self.by_iter else 1)
        look_at_few(runner.val_loop)

    def _shorten(self) -> None:
        loop = self.loop
        if isinstance(loop.dataloader.batch_sampler.sampler, InfiniteSampler):
            return  # all its batches are alike
        take_few(loop.dataloader, self.first)
        if self.by_iter:
            loop.dataloader_iterator = type(loop.dataloader_iterator)(loop.dataloader)
        else:
            loop.run_iter = _number_as_usual(loop, self.first)

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Skip to the last iteration, of the epoch or of the run."""
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
        """Go on, or end, whatever an :class:`EarlyStoppingHook` says."""
        self.loop.stop_training = self.begin

    def before_test(self, runner: Runner) -> None:
        """Shorten the test."""
        look_at_few(runner.test_loop)

    def _skip(self, runner: Runner, iterations: int, epochs: int = 0) -> None:
        """Leave out iterations and epochs; the schedulers take their steps."""
        iterations = max(0, iterations)
        for hook in runner.hooks:
            if isinstance(hook, ParamSchedulerHook):
                for _ in range(iterations):
                    hook.after_train_iter(runner, 0)
                for _ in range(epochs):
                    hook.after_train_epoch(runner)
        self.loop._iter += iterations
        self.loop._epoch += epochs


def _number_as_usual(loop: BaseLoop, first: int) -> Callable[[int, Any], None]:
    """Give the last batch of an epoch the number that it has among all."""
    stock, last = loop.run_iter, len(loop.dataloader) - 1

    def run_iter(idx: int, data_batch: Any) -> None:
        stock(idx if idx < first else last, data_batch)

    return run_iter


def _act_each_time(hooks: list[Hook], span: int) -> None:
    for hook in hooks:
        if isinstance(hook, CheckpointHook):
            hook.interval, hook.save_begin = 1 if hook.by_epoch else span, 0
        elif isinstance(getattr(hook, 'interval', None), int):
            hook.interval = 1
        if isinstance(hook, DamagedVideosHook):
            hook.max_share = 1.0  # of few videos, one may be more than its share


def _validate_each(loop: BaseLoop, interval: int) -> None:
    loop.val_begin, loop.val_interval = 1, interval
    loop.dynamic_milestones, loop.dynamic_intervals = [0], [interval]
