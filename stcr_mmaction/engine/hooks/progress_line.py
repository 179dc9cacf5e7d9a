"""The text of the progress line, and where it is shown."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from mmengine.logging import MessageHub
from mmengine.runner import Runner
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

FIGURES = {
    'frozen/knn_top1': 'k-NN',
    'frozen/retrieval_top1': 'retrieval',
    'acc/top1': 'accuracy',
}
"""Validation metrics, 0 to 1, and their names in the line."""
WINDOW = 20
"""Speed and loss are averaged over this many iterations."""


def console_handlers(logger: logging.Logger) -> list[logging.StreamHandler]:
    """Return the handlers of a logger that print to the console."""
    return [
        handler
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler)
        and not isinstance(handler, logging.FileHandler)
    ]


@contextmanager
def only_warnings(logger: logging.Logger) -> Iterator[None]:
    """Let a logger print only warnings and errors, above rich's progress line.

    Args:
        logger (logging.Logger): The logger; its files still get everything.
    """
    handlers = [(h, h.level, h.stream) for h in console_handlers(logger)]
    for handler, level, stream in handlers:
        handler.setLevel(max(level, logging.WARNING))
        # rich has replaced both, and puts what comes there above its line.
        errors = stream in (sys.stderr, sys.__stderr__)
        handler.setStream(sys.stderr if errors else sys.stdout)
    try:
        yield
    finally:
        for handler, level, stream in handlers:
            handler.setLevel(level)
            handler.setStream(stream)


def progress_bar() -> Progress:
    """Create the progress bar.

    Returns:
        Progress: On standard error; disabled if that is not a terminal.
    """
    console = Console(stderr=True)
    return Progress(
        BarColumn(10),
        TextColumn('{task.description}', markup=False),
        console=console,
        # A thread could hold the console's lock while workers are forked.
        auto_refresh=False,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
        disable=not (console.is_interactive and console.file.isatty()),
    )


def describe(runner: Runner) -> str:
    """Describe how many videos are trained on, and for how long.

    Args:
        runner (Runner): The runner, before training.

    Returns:
        str: Such as '200 videos, 10 epochs of 25 iterations'.
    """
    epochs, iterations = runner.max_epochs, runner.max_iters
    length = f'{iterations} iterations'
    if epochs > 1:
        length = f'{epochs} epochs of {iterations // epochs} iterations'
    resumed = f', going on at iteration {runner.iter}' if runner.iter else ''
    return f'{len(runner.train_dataloader.dataset)} videos, {length}{resumed}'


def list_figures(hub: MessageHub) -> list[str]:
    """List the loss of the last iterations and the last validation metrics.

    Args:
        hub (MessageHub): Message hub of the runner.

    Returns:
        list[str]: Such as 'loss 0.5' and 'k-NN 45.0%'; values that were not logged are
        left out.
    """
    logged = hub.log_scalars
    loss = logged.get('train/loss')
    told = [f'loss {loss.mean(WINDOW):.4g}'] if loss else []
    for name, title in FIGURES.items():
        if f'val/{name}' in logged:
            told.append(f'{title} {logged[f"val/{name}"].current():.1%}')
    return told


def clock(seconds: float) -> str:
    """Format seconds as hours, minutes and seconds."""
    return str(timedelta(seconds=round(seconds)))
