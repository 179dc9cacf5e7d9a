"""Show the progress of a training on one line."""

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
"""Shortest time between two updates on a terminal, in seconds."""


@HOOKS.register_module()
class ProgressHook(Hook):
    """Show the progress of a training and its metrics on one line.

    The line shows epoch, iteration, time left, loss, videos per second, and the last
    validation metrics. On a terminal it is updated in place. Elsewhere, such as in a
    file, it is printed at the start, after each validation, and in between at most every
    ``interval`` seconds. Output goes to standard error.

    While the loop runs, the runner's logger prints only warnings and errors, above the
    line. Its log files get everything. When the loop ends, also by an error, the logger
    is restored. Values are read from mmengine's log, so nothing waits for the GPU. In
    distributed training only the main process shows the line.

    Args:
        title (str): Name of the training, such as 'r3d_18', shown in the first and last
            line.
        interval (float): Seconds between two lines without a terminal. Defaults to 30.

    Raises:
        ValueError: If ``interval`` is not above 0.
    """

    # After the hooks that log the values of this iteration.
    priority = 'LOW'

    def __init__(self, title: str, interval: float = 30.0) -> None:
        check_positive('interval', interval)
        self.title = title
        self.interval = interval
        self._bar: Progress | None = None

    def before_run(self, runner: Runner) -> None:
        """Wrap the training loop, since no hook is called after an error."""
        loop = runner._train_loop
        if is_main_process() and isinstance(loop, BaseLoop):
            loop.run = partial(self._run, runner, partial(type(loop).run, loop))

    def before_train(self, runner: Runner) -> None:
        """Print what is trained."""
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
        """Count the iteration, and update the line if it is due."""
        if self._bar is None:
            return
        now, self._done = monotonic(), runner.iter + 1
        self._recent.append((now, len(data_batch['inputs']) * get_world_size()))
        self._first = self._first or (now, self._done)
        if now >= self._due:
            self._show(runner)

    def before_val_epoch(self, runner: Runner) -> None:
        """Show that validation is running."""
        if self._bar is not None and not self._bar.disable:
            self._show(runner, 'validating')

    def after_val_epoch(
        self, runner: Runner, metrics: dict[str, float] | None = None
    ) -> None:
        """Show the metrics, and leave this time out of the speed."""
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
        """Describe epoch, iteration and time left, including validations."""
        epochs, total = runner.max_epochs, runner.max_iters
        if epochs > 1:
            yield f'epoch {max(1, math.ceil(self._done * epochs / total))}/{epochs}'
        yield f'iteration {self._done}/{total}'
        if self._first and self._done > self._first[1]:
            start, count = self._first
            each = (monotonic() - start) / (self._done - count)
            yield f'{clock(each * (total - self._done))} left'

    def _speed(self) -> Iterator[str]:
        """Describe the speed, once there are two iterations."""
        (start, _), *later = self._recent or [(0.0, 0)]
        if later and later[-1][0] > start:
            speed = sum(videos for _, videos in later) / (later[-1][0] - start)
            yield f'{speed:.0f} videos/s' if speed >= 100 else f'{speed:.3g} videos/s'
