"""Make files, many at a time, so that an interrupted job can go on."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

import cv2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn


def make_missing(
    make: Callable[..., None],
    calls: Sequence[tuple[Path, ...]],
    description: str,
    workers: int = 2,
    console: Console | None = None,
) -> dict[Path, str]:
    """Call ``make(*call)`` for every file that does not exist, under a progress bar.

    Args:
        make (Callable): Makes one file or folder; must be picklable.
        calls (Sequence[tuple[Path, ...]]): Of each file its path, and what else ``make``
            is given.
        description (str): Shown beside the progress bar.
        workers (int): Number of processes. Defaults to 2.
        console (Console, optional): Where the bar is shown. Defaults to None: the
            standard output.

    Returns:
        dict[Path, str]: What could not be made, to the RuntimeError that says why; all
        else is there.

    Raises:
        RuntimeError: If a process dies, as one whose decoder crashes.
        OSError: If a file cannot be written.
    """
    missing = [call for call in calls if not call[0].exists()]
    columns = ('{task.description}', BarColumn(), MofNCompleteColumn())
    answers: dict[Path, str] = {}
    with (
        Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ProcessPoolExecutor(workers, initializer=_start_worker) as pool,
    ):
        task = progress.add_task(
            description, total=len(calls), completed=len(calls) - len(missing)
        )
        for path, failure in _call_all(pool, make, missing):
            progress.advance(task)
            answers[path] = failure
    failures = {path: failure for path, failure in answers.items() if failure}
    undone = [str(call[-1]) for call in missing if call[0] not in answers]
    if undone:
        lines = [*failures.values(), _tell_of_death(undone)]
        raise RuntimeError('\n'.join(dict.fromkeys(lines)))
    return failures


def _start_worker() -> None:
    """Leave Ctrl-C to the process that waits: a worker without work prints it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _call(make: Callable[..., None], call: tuple[Path, ...]) -> None:
    """Make a file, unless Ctrl-C ends it: then it tidies up."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        make(*call)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _call_all(
    pool: ProcessPoolExecutor,
    make: Callable[..., None],
    calls: Sequence[tuple[Path, ...]],
) -> Iterator[tuple[Path, str]]:
    """Yield each path, as its call ends, and why it failed, or ''; nothing of a death."""
    futures = {}
    try:
        with suppress(BrokenProcessPool):
            futures.update((pool.submit(_call, make, call), call[0]) for call in calls)
        for future in as_completed(futures):
            error = future.exception()
            if isinstance(error, BrokenProcessPool):
                continue
            if error and not isinstance(error, RuntimeError):
                raise error
            yield futures[future], str(error or '')
    finally:  # after an interruption or a full disk too
        for future in futures:
            future.cancel()


def _tell_of_death(undone: Sequence[str]) -> str:
    """Name the first call that did not end: calls begin in order."""
    return (
        f'a process that makes files died; {len(undone)} are not made. It was at '
        f'{undone[0]}, or a little behind it. Repeat the command: it goes on with the '
        'rest. If it ends there again, that video crashes the decoder: take it out'
    )
