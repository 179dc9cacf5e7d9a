"""Run training and testing in steps, so that an interrupted job can resume.

A step is one process of the ordinary tools. Its folder has its log and, when it is
finished, a marker file. A step may depend on another one; steps that are ready run in
parallel.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from . import ROOT

PROGRESS_LINE = re.compile(r'(Epoch\((?:train|val|test)\)\s+(?:\[\s*\d+/?\d*\s*\])+)')


class StepError(RuntimeError):
    """A step failed; the message has the end of its log, and names the log."""


@dataclass(frozen=True)
class Step:
    """A process that must succeed once.

    Attributes:
        name (str): Name for the user.
        folder (Path): Folder of the log, the marker and other output.
        command (Callable): Returns the command line when the step starts.
        after (Step, optional): Step that must be finished before. Defaults to None.
    """

    name: str
    folder: Path
    command: Callable[[], list[str]]
    after: Step | None = None

    @property
    def log(self) -> Path:
        """File of the process's output."""
        return self.folder / 'log.txt'

    @property
    def marker(self) -> Path:
        """File that exists when the step is finished."""
        return self.folder / 'done.json'

    @property
    def is_done(self) -> bool:
        """Whether the step is finished."""
        return self.marker.exists()

    @property
    def seconds(self) -> float:
        """Wall time so far, over all attempts."""
        spent = self.folder / 'seconds.json'
        return json.loads(spent.read_text()) if spent.exists() else 0.0

    def add_seconds(self, more: float) -> None:
        """Add to the wall time."""
        total = round(self.seconds + more, 3)
        (self.folder / 'seconds.json').write_text(json.dumps(total))


def train_step(
    name: str,
    config: Path,
    folder: Path,
    seed: int,
    start_from: Step | None = None,
    options: Sequence[str] = (),
) -> Step:
    """Make a step of ``tools/train.py`` that resumes from its last checkpoint.

    Args:
        name (str): Name of the step.
        config (Path): Config file.
        folder (Path): Work directory.
        seed (int): Seed of the run.
        start_from (Step, optional): Training whose last checkpoint provides the initial
            weights. Defaults to None.
        options (Sequence[str]): ``key=value`` for ``--cfg-options``. Defaults to ().

    Returns:
        Step: The step.
    """

    def command() -> list[str]:
        tool = [sys.executable, str(ROOT / 'tools' / 'train.py'), str(config)]
        line = [*tool, '--work-dir', str(folder), '--seed', str(seed)]
        settings = list(options)
        # On resume, load_from would replace the run's own checkpoint.
        if (folder / 'last_checkpoint').exists():
            line += ['--resume', str(last_checkpoint(folder))]
        elif start_from:
            settings.append(f'load_from={last_checkpoint(start_from.folder)}')
        return [*line, *(['--cfg-options', *settings] if settings else [])]

    return Step(name, folder, command, start_from)


def test_step(
    name: str, config: Path, folder: Path, trained: Step, options: Sequence[str] = ()
) -> Step:
    """Make a step of ``tools/test.py``.

    Args:
        name (str): Name of the step.
        config (Path): Config file.
        folder (Path): Folder of the metrics; see :func:`read_metrics`.
        trained (Step): The training to test.
        options (Sequence[str]): ``key=value`` for ``--cfg-options``. Defaults to ().

    Returns:
        Step: The step.
    """

    def command() -> list[str]:
        tool = [sys.executable, str(ROOT / 'tools' / 'test.py'), str(config)]
        line = [*tool, str(last_checkpoint(trained.folder)), '--work-dir', str(folder)]
        return [*line, *(['--cfg-options', *options] if options else [])]

    return Step(name, folder, command, trained)


test_step.__test__ = False


def last_checkpoint(folder: Path) -> Path:
    """Find the last checkpoint of a work directory, even if that was moved."""
    return folder / Path((folder / 'last_checkpoint').read_text().strip()).name


def read_metrics(folder: Path) -> dict[str, float]:
    """Read the last metrics of ``tools/test.py`` in a work directory."""
    written = sorted(folder.glob('*/*.json'))
    if not written:
        raise StepError(f'no metrics in {folder}; delete it to test again')
    return json.loads(written[-1].read_text())


def prepare_data(commands: Sequence[Sequence[str]]) -> None:
    """Run the tools that make data; they keep existing files.

    Args:
        commands (Sequence): For each command, the arguments of ``python``.

    Raises:
        StepError: If one fails.
    """
    for command in commands:
        if subprocess.run([sys.executable, *command], cwd=ROOT).returncode:
            raise StepError(f'preparing the data failed: {" ".join(command)}')


def run_step(
    step: Step,
    env: Mapping[str, str] | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> bool:
    """Run a step unless it is finished.

    Args:
        step (Step): The step.
        env (Mapping, optional): Additions to the environment. Defaults to None.
        report (Callable): Called every second with the progress; an exception in it ends
            the process.

    Returns:
        bool: Whether the step was run.

    Raises:
        StepError: If the process fails.
    """
    if step.is_done:
        return False
    step.folder.mkdir(parents=True, exist_ok=True)
    with _alone_in(step.folder):
        started, command = time.perf_counter(), step.command()
        try:
            with step.log.open('w') as log:
                code = _run(command, {**os.environ, **(env or {})}, log, report)
        finally:
            step.add_seconds(time.perf_counter() - started)
        if code:
            raise StepError(_failure(step, code))
        step.marker.write_text(json.dumps(dict(command=command)))
    return True


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / 'lock').open('w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StepError(f'another process works in {folder}; try again') from None
        yield


def _run(
    command: list[str], env: dict, log: object, report: Callable[[str], None]
) -> int:
    process = subprocess.Popen(
        command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        while True:
            try:
                return process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                report(_progress_of(Path(log.name)))
    finally:
        process.kill()


def _progress_of(log: Path) -> str:
    found = PROGRESS_LINE.findall(log.read_text(errors='replace')[-4000:])
    return found[-1] if found else 'starting'


def _failure(step: Step, code: int) -> str:
    tail = step.log.read_text(errors='replace').splitlines()[-15:]
    what = f'step {step.name!r} failed with exit status {code}'
    return '\n'.join([what, *tail, f'log: {step.log}'])


def run_steps(
    steps: Sequence[Step],
    environments: Sequence[Mapping[str, str]],
    keep_going: bool = False,
    on_done: Callable[[Step], None] = lambda step: None,
) -> list[StepError]:
    """Run steps in parallel, and show their progress.

    Args:
        steps (Sequence): The steps; ready ones are started in this order.
        environments (Sequence): Additions to the environment, one for each parallel
            process.
        keep_going (bool): Whether to run independent steps after a failure; otherwise
            they are stopped. Defaults to False.
        on_done (Callable): Called with each finished step.

    Returns:
        list[StepError]: The errors.

    Raises:
        StepError: If a step fails and ``keep_going`` is not set. Stopped steps can be
            resumed.
    """
    waiting, free, running = list(steps), list(environments), {}
    errors, stop = [], threading.Event()
    columns = SpinnerColumn(), TextColumn('{task.description}'), TimeElapsedColumn()
    with Progress(*columns) as progress, ThreadPoolExecutor(len(free)) as pool:
        try:
            while True:
                for step in [s for s in waiting if _is_ready(s)][: len(free)]:
                    waiting.remove(step)
                    env = free.pop(0)
                    job = pool.submit(_run_shown, step, env, progress, stop)
                    running[job] = step, env
                if not running:
                    return errors
                for job in wait(running, return_when=FIRST_COMPLETED).done:
                    step, env = running.pop(job)
                    free.append(env)
                    _settle(job, step, errors, keep_going, on_done)
        except BaseException:  # also when interrupted
            stop.set()
            raise


def _is_ready(step: Step) -> bool:
    return step.after is None or step.after.is_done


def _settle(
    job: Future,
    step: Step,
    errors: list[StepError],
    keep_going: bool,
    on_done: Callable[[Step], None],
) -> None:
    try:
        job.result()
    except StepError as error:
        if not keep_going:
            raise
        errors.append(error)
    else:
        on_done(step)


def _run_shown(
    step: Step, env: Mapping[str, str], progress: Progress, stop: threading.Event
) -> None:
    task = progress.add_task(step.name)

    def report(text: str) -> None:
        if stop.is_set():
            raise StepError(f'step {step.name!r} was stopped')
        progress.update(task, description=f'{step.name}  {text}')

    try:
        ran = run_step(step, env, report)
    except StepError:
        if not stop.is_set():
            progress.print(f'{step.name:28} failed, log: {step.log}', soft_wrap=True)
        raise
    finally:
        progress.remove_task(task)
    note = '' if ran else '  (done before)'
    progress.print(f'{step.name:28} {step.seconds:6.1f} s{note}', highlight=False)


@contextmanager
def command_line(name: str) -> Iterator[None]:
    """At an error or interruption, exit with one line instead of a traceback."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(f'{name}: interrupted; run the same command to go on')
    except (StepError, ValueError, OSError) as error:
        sys.exit(f'{name}: error: {error}')
