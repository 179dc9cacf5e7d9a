"""Run the commands of ``stcr`` for several seeds in parallel, with progress bars."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import NamedTuple

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from stcr_mmaction.apis.own_videos.run_folder import open_run

from .. import ROOT
from ..steps import StepError
from .commands import START
from .data import Data

PATIENCE = 1.0  # seconds between two updates of the progress
KEEP = str(2**31 - 1)
FAST = dict(
    OMP_NUM_THREADS='1',
    # glibc keeps freed memory for the next step: a sixth faster on a CPU.
    MALLOC_TRIM_THRESHOLD_=KEEP,
    MALLOC_MMAP_THRESHOLD_=KEEP,
)
"""Environment of the processes."""


class Command(NamedTuple):
    """A command of ``stcr``: its description, share of the time, words and result."""

    description: str
    share: float
    words: list[str]
    result: Path | None = None


def list_commands(data: Data, run: Path, seed: int, options: list[str]) -> list[Command]:
    """List the commands for a seed.

    Args:
        data (Data): The data.
        run (Path): Folder of the run.
        seed (int): Random seed.
        options (list[str]): Options of pretraining.
    """
    labels, seeded = ['--labels', str(data.labels)], ['--seed', str(seed)]
    where = ['--out', str(run)]
    return [
        Command(
            'pretrain without labels',
            0.65,
            ['pretrain', str(data.videos), *where, *seeded, *options],
        ),
        Command(
            'test frozen features',
            0.05,
            ['evaluate', str(run), *labels, '--probe'],
            run / 'evaluation_frozen.json',
        ),
        Command('fine-tune', 0.12, ['finetune', str(run), *labels, *seeded]),
        Command(
            'train from scratch',
            0.13,
            ['finetune', str(run), *labels, *seeded, '--scratch'],
        ),
        Command('test both', 0.05, ['evaluate', str(run)], run / 'evaluation.json'),
    ]


class Shared(NamedTuple):
    """What all seeds share: folder of logs, bars, processes, and whether to stop."""

    work_dir: Path
    progress: Progress
    processes: list[subprocess.Popen]
    stop: Event


def run_seeds(jobs: dict[int, list[Command]], work_dir: Path, at_a_time: int) -> None:
    """Run the commands of every seed.

    Args:
        jobs (dict[int, list[Command]]): Commands of each seed, in order.
        work_dir (Path): Folder of the logs, one for each seed.
        at_a_time (int): Number of parallel seeds.

    Raises:
        StepError: If a command fails; names its log.
    """
    left = TimeRemainingColumn(elapsed_when_finished=True)
    columns = TextColumn('{task.description:34}'), BarColumn(), left
    with (
        Progress(*columns, speed_estimate_period=120) as progress,
        ThreadPoolExecutor(at_a_time) as pool,
    ):
        shared = Shared(work_dir, progress, [], Event())
        done = [pool.submit(_run_seed, *job, shared) for job in jobs.items()]
        try:
            for future in as_completed(done):
                future.result()
        except BaseException:  # Ctrl-C, too
            shared.stop.set()
            for process in shared.processes:
                process.terminate()
            raise


def _run_seed(seed: int, commands: Sequence[Command], shared: Shared) -> None:
    if shared.stop.is_set():
        return
    work_dir, progress = shared.work_dir, shared.progress
    task = progress.add_task(f'seed {seed}', total=1.0)
    log = work_dir / f'seed_{seed}.log'
    left = [c for c in commands if c.result is None or not c.result.is_file()]
    before = log.stat().st_size if log.is_file() else 0
    process = _start([command.words for command in left], log)
    shared.processes.append(process)
    if shared.stop.is_set():  # since the line above, nothing is missed
        process.terminate()
    while (code := _wait(process)) is None:
        command = left[_count_started(log, before) - 1]
        done = sum(c.share for c in commands[: commands.index(command)])
        part = command.share * _share_done(command, work_dir / f'seed_{seed}')
        progress.update(
            task, completed=done + part, description=f'seed {seed}: {command.description}'
        )
    if code:
        shared.stop.set()  # before this thread begins another seed
        command = left[_count_started(log, before) - 1]
        raise StepError(f'stcr {" ".join(command.words)} failed: see {log}')
    progress.update(task, completed=1.0, description=f'seed {seed}: done')


def _start(commands: list[list[str]], log: Path) -> subprocess.Popen:
    run = [sys.executable, '-W', 'ignore', '-m', f'{__package__}.commands']
    with log.open('a') as file:
        return subprocess.Popen(
            [*run, json.dumps(commands)],
            cwd=ROOT,
            env={**os.environ, **FAST},
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def _wait(process: subprocess.Popen) -> int | None:
    with suppress(subprocess.TimeoutExpired):
        return process.wait(PATIENCE)
    return None


def _count_started(log: Path, before: int) -> int:
    """Return how many commands this run has started, at least 1.

    Args:
        log (Path): The log.
        before (int): Bytes of earlier runs in it.
    """
    lines = log.read_bytes()[before:].splitlines()
    return max(1, sum(line.startswith(START.encode()) for line in lines))


def _share_done(command: Command, run: Path) -> float:
    """Return the finished share of a pretraining; 0 for other commands."""
    if command.words[0] != 'pretrain' or not (run / 'run.json').is_file():
        return 0.0
    opened = open_run(run)
    return 1 - opened.epochs_left / max(1, opened.facts['chosen']['epochs'])
