"""Run training and testing step by step, so that an interrupted job can go on.

A step is one process of the ordinary tools with a folder of its own, which holds its
log and, once the step is through, a marker. Steps of a chain need each other and run
one after the other; chains run side by side.
"""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

ROOT = Path(__file__).resolve().parents[1]
PROGRESS_LINE = re.compile(r'(Epoch\((?:train|val|test)\)\s+(?:\[\s*\d+/?\d*\s*\])+)')


class StepError(RuntimeError):
    """A step went wrong; the message holds the end of its log and where it is."""


@dataclass(frozen=True)
class Step:
    """One process that needs to go through once.

    Attributes:
        name (str): Shown to the user.
        folder (Path): For the log, the marker and whatever the process writes.
        command (Callable): Gives the command line at the time the step starts.
    """

    name: str
    folder: Path
    command: Callable[[], list[str]]

    @property
    def log(self) -> Path:
        """The process's output."""
        return self.folder / 'log.txt'

    @property
    def marker(self) -> Path:
        """There when the step is through; holds the wall time of its last run."""
        return self.folder / 'done.json'

    @property
    def seconds(self) -> float:
        """Wall time of a step that is through."""
        return json.loads(self.marker.read_text())['seconds']


def train_step(
    name: str,
    config: Path,
    folder: Path,
    seed: int,
    start_from: Path | None = None,
    options: Sequence[str] = (),
) -> Step:
    """Make a step of ``tools/train.py`` that goes on from its own last checkpoint.

    Args:
        name (str): Name of the step.
        config (Path): Config file.
        folder (Path): Work directory.
        seed (int): Of the run.
        start_from (Path, optional): Work directory of the training whose last
            checkpoint gives the first weights. Defaults to None.
        options (Sequence[str]): ``key=value`` for ``--cfg-options``. Defaults to ().

    Returns:
        Step: The step.
    """

    def command() -> list[str]:
        tool = [sys.executable, str(ROOT / 'tools' / 'train.py'), str(config)]
        line = [*tool, '--work-dir', str(folder), '--seed', str(seed)]
        settings = list(options)
        # Where a run resumes, load_from would replace its own checkpoint.
        if (folder / 'last_checkpoint').exists():
            line += ['--resume', str(last_checkpoint(folder))]
        elif start_from:
            settings.append(f'load_from={last_checkpoint(start_from)}')
        return [*line, *(['--cfg-options', *settings] if settings else [])]

    return Step(name, folder, command)


def test_step(
    name: str, config: Path, folder: Path, trained: Path, options: Sequence[str] = ()
) -> Step:
    """Make a step of ``tools/test.py``.

    Args:
        name (str): Name of the step.
        config (Path): Config file.
        folder (Path): For the metrics; see :func:`read_metrics`.
        trained (Path): Work directory of the training to be tested.
        options (Sequence[str]): ``key=value`` for ``--cfg-options``. Defaults to ().

    Returns:
        Step: The step.
    """

    def command() -> list[str]:
        tool = [sys.executable, str(ROOT / 'tools' / 'test.py'), str(config)]
        line = [*tool, str(last_checkpoint(trained)), '--work-dir', str(folder)]
        return [*line, *(['--cfg-options', *options] if options else [])]

    return Step(name, folder, command)


test_step.__test__ = False


def last_checkpoint(folder: Path) -> Path:
    """Find the last checkpoint of a work directory, even one that was moved."""
    return folder / Path((folder / 'last_checkpoint').read_text().strip()).name


def read_metrics(folder: Path) -> dict[str, float]:
    """Read what ``tools/test.py`` measured last in a work directory."""
    written = sorted(folder.glob('*/*.json'))
    if not written:
        raise StepError(f'no metrics in {folder}; delete it to test again')
    return json.loads(written[-1].read_text())


def read_scalars(folder: Path) -> list[dict[str, float]]:
    """Read what a training logged, over all its resumptions, in order."""
    written = sorted(folder.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for path in written for line in path.open()]


def run_step(
    step: Step,
    env: Mapping[str, str] | None = None,
    report: Callable[[str], None] = lambda text: None,
) -> bool:
    """Run a step unless it is through.

    Args:
        step (Step): The step.
        env (Mapping, optional): Additions to the environment. Defaults to None.
        report (Callable): Is told every second how far a training is; what it raises
            ends the process.

    Returns:
        bool: Whether there was something to do.

    Raises:
        StepError: If the process fails.
    """
    if step.marker.exists():
        return False
    step.folder.mkdir(parents=True, exist_ok=True)
    started, command = time.perf_counter(), step.command()
    with step.log.open('w') as log:
        code = _run(command, {**os.environ, **(env or {})}, log, report)
    if code:
        raise StepError(_failure(step, code))
    seconds = round(time.perf_counter() - started, 3)
    step.marker.write_text(json.dumps(dict(seconds=seconds, command=command)))
    return True


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


def run_chains(
    chains: Sequence[Sequence[Step]], jobs: int, env: Mapping[str, str] | None = None
) -> None:
    """Run chains of steps, some at a time, showing how far each is.

    Args:
        chains (Sequence): Steps of a chain run in order.
        jobs (int): How many chains run at a time.
        env (Mapping, optional): Additions to the environment. Defaults to None.

    Raises:
        StepError: If a step fails; all others are stopped and can be resumed.
    """
    stop = threading.Event()
    columns = SpinnerColumn(), TextColumn('{task.description}'), TimeElapsedColumn()
    with Progress(*columns) as progress, ThreadPoolExecutor(jobs) as pool:
        running = [
            pool.submit(_run_chain, chain, env, progress, stop) for chain in chains
        ]
        try:
            for chain in as_completed(running):
                chain.result()
        except BaseException:  # also when interrupted
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _run_chain(
    chain: Sequence[Step],
    env: Mapping[str, str] | None,
    progress: Progress,
    stop: threading.Event,
) -> None:
    for step in chain:
        task = progress.add_task(step.name)

        def report(text: str, step: Step = step, task: int = task) -> None:
            if stop.is_set():
                raise StepError(f'step {step.name!r} was stopped')
            progress.update(task, description=f'{step.name}  {text}')

        try:
            ran = run_step(step, env, report)
        finally:
            progress.remove_task(task)
        note = '' if ran else '  (done before)'
        progress.print(f'{step.name:28} {step.seconds:6.1f} s{note}', highlight=False)
