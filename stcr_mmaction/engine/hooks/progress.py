"""Show on one line how far a training is."""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from time import monotonic

from mmaction.registry import HOOKS
from mmengine.dist import get_world_size, is_main_process
from mmengine.hooks import Hook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.runner import BaseLoop, Runner
from rich.progress import Progress
from torch import nn

from ...checks import check_positive
from .progress_line import (
    WINDOW,
    clock,
    describe,
    list_figures,
    only_warnings,
    progress_bar,
)

REDRAW = 0.5
"""Seconds between two drawings on a terminal, at the least."""


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show on one line how far a training is, and how well it does.

    The line tells epoch, iteration, time left, loss, videos a second, and what the last
    validation measured. On a terminal it is drawn anew in place. Elsewhere, as in a file,
    lines follow one another: one at the start, one after each validation, and between
    them one every ``interval`` seconds at the most. All goes to the standard error.

    While the loop runs, the runner's logger prints only warnings and errors, above the
    line. Its files get everything. All is as before once the loop ends, by an error too.
    Figures are read from what mmengine has logged already, so nothing waits for the
    device. In distributed training the main process alone shows the line.

    Args:
        title (str): What is trained, as 'r3d_18'; stands in front of the first and of
            the last line.
        interval (float): Seconds between two lines where there is no terminal. Defaults
            to 30.

    Raises:
        ValueError: If ``interval`` is not above 0.
    """

    # Behind the hooks that log the figures of this iteration.
    priority = 'LOW'

    def __init__(self, title: str, interval: float = 30.0) -> None:
        check_positive('interval', interval)
        self.title = title
        self.interval = interval
        self._bar: Progress | None = None

    def before_run(self, runner: Runner) -> None:
        """Show the line around the training loop: no hook is called after an error."""
        loop = runner._train_loop
        if is_main_process() and isinstance(loop, BaseLoop):
            loop.run = partial(self._run, runner, partial(type(loop).run, loop))

    def before_train(self, runner: Runner) -> None:
        """Say what is trained."""
        if self._bar is None:
            return
        print(f'{self.title}, {describe(runner)}', file=sys.stderr, flush=True)
        self._bar.add_task('starting', total=runner.max_iters, completed=runner.iter)
        self._bar.refresh()
        self._done, self._first = runner.iter, None
        self._recent: deque[tuple[float, int]] = deque(maxlen=WINDOW + 1)
        self._due = monotonic() + self._pause

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Count the iteration, and show the line if it is due."""
        if self._bar is None:
            return
        now, self._done = monotonic(), runner.iter + 1
        self._recent.append((now, len(data_batch['inputs']) * get_world_size()))
        self._first = self._first or (now, self._done)
        if now >= self._due:
            self._show(runner)

    def before_val_epoch(self, runner: Runner) -> None:
        """Say why the line stands still."""
        if self._bar is not None and not self._bar.disable:
            self._show(runner, 'validating')

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Show what was measured; the time it took is not that of an iteration."""
        if self._bar is not None:
            self._show(runner)
            self._recent.clear()

    @property
    def _pause(self) -> float:
        return self.interval if self._bar.disable else REDRAW

    def _run(self, runner: Runner, run: Callable[[], nn.Module]) -> nn.Module:
        start = monotonic()
        with progress_bar() as bar, only_warnings(runner.logger):
            self._bar = bar
            try:
                model = run()
            finally:
                self._bar = None
        told = [f'{self.title}: done in {clock(monotonic() - start)}']
        told += list_figures(runner.message_hub)
        print(', '.join(told), file=sys.stderr, flush=True)
        return model

    def _show(self, runner: Runner, *notes: str) -> None:
        figures = list_figures(runner.message_hub)
        line = ', '.join([*self._place(runner), *notes, *figures, *self._speed()])
        if self._bar.disable:
            print(line, file=sys.stderr, flush=True)
        for task in self._bar.task_ids:
            self._bar.update(task, completed=self._done, description=line, refresh=True)
        self._due = monotonic() + self._pause

    def _place(self, runner: Runner) -> Iterator[str]:
        """Tell epoch, iteration and time left, which includes that of validations."""
        epochs, total = runner.max_epochs, runner.max_iters
        if epochs > 1:
            yield f'epoch {max(1, math.ceil(self._done * epochs / total))}/{epochs}'
        yield f'iteration {self._done}/{total}'
        if self._first and self._done > self._first[1]:
            start, count = self._first
            each = (monotonic() - start) / (self._done - count)
            yield f'{clock(each * (total - self._done))} left'

    def _speed(self) -> Iterator[str]:
        """Tell the speed, once there are two iterations to tell it by."""
        (start, _), *later = self._recent or [(0.0, 0)]
        if later and later[-1][0] > start:
            speed = sum(videos for _, videos in later) / (later[-1][0] - start)
            yield f'{speed:.0f} videos/s' if speed >= 100 else f'{speed:.3g} videos/s'
