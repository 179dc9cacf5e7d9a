"""Make files in parallel; an interrupted job can be resumed."""

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
    """Call ``make(*call)`` for every file that does not exist, with a progress bar.

    Args:
        make (Callable): Makes one file or folder; must be picklable.
        calls (Sequence[tuple[Path, ...]]): For each file its path, and further arguments
            of ``make``.
        description (str): Text next to the progress bar.
        workers (int): Number of processes. Defaults to 2.
        console (Console, optional): Console of the bar. Defaults to None: standard
            output.

    Returns:
        dict[Path, str]: Files that could not be made, and the message of the
        RuntimeError. All others exist.

    Raises:
        RuntimeError: If a process dies, for example because a decoder crashes.
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
        lines = [*failures.values(), _describe_crash(undone)]
        raise RuntimeError('\n'.join(dict.fromkeys(lines)))
    return failures


def _start_worker() -> None:
    """Ignore Ctrl-C in idle workers, which would print a traceback."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def _call(make: Callable[..., None], call: tuple[Path, ...]) -> None:
    """Make a file; Ctrl-C interrupts it, so that it can clean up."""
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
    """Yield each path when its call ends, with the error or '', unless a worker dies."""
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
    finally:  # also after an interruption or a full disk
        for future in futures:
            future.cancel()


def _describe_crash(undone: Sequence[str]) -> str:
    """Describe the crash of a worker, near the first unfinished call."""
    return (
        f'a process that makes files died; {len(undone)} are not made. It was at '
        f'{undone[0]}, or soon after it. Run the command again to make the rest. If it '
        'dies there again, that video crashes the decoder: remove it'
    )
