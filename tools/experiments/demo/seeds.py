"""Run the commands of ``stcr`` for several seeds in parallel, with progress bars."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from stcr_mmaction.apis.own_videos.run_folder import open_run

from .. import ROOT
from ..steps import StepError
from .data import Data

PATIENCE = 1.0  # seconds between two updates of the progress


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
            0.7,
            ['pretrain', str(data.videos), *where, *seeded, *options],
        ),
        Command(
            'test frozen features',
            0.05,
            ['evaluate', str(run), *labels, '--probe'],
            run / 'evaluation_frozen.json',
        ),
        Command('fine-tune', 0.1, ['finetune', str(run), *labels, *seeded]),
        Command(
            'train from scratch',
            0.1,
            ['finetune', str(run), *labels, *seeded, '--scratch'],
        ),
        Command('test both', 0.05, ['evaluate', str(run)], run / 'evaluation.json'),
    ]


def run_seeds(jobs: dict[int, list[Command]], work_dir: Path, at_a_time: int) -> None:
    """Run the commands of every seed.

    Args:
        jobs (dict[int, list[Command]]): Commands of each seed, in order.
        work_dir (Path): Folder of the logs, one for each seed.
        at_a_time (int): Number of parallel seeds.

    Raises:
        StepError: If a command fails; names its log.
    """
    columns = TextColumn('{task.description:34}'), BarColumn(), TimeElapsedColumn()
    with Progress(*columns) as progress, ThreadPoolExecutor(at_a_time) as pool:
        done = [
            pool.submit(_run_seed, seed, commands, work_dir, progress)
            for seed, commands in jobs.items()
        ]
        for future in done:
            future.result()


def _run_seed(
    seed: int, commands: Sequence[Command], work_dir: Path, progress: Progress
) -> None:
    task = progress.add_task(f'seed {seed}', total=1.0)
    before = 0.0
    for command in commands:
        progress.update(task, description=f'seed {seed}: {command.description}')
        if command.result is None or not command.result.is_file():
            log = work_dir / f'seed_{seed}.log'
            process = _start(command.words, log)
            while (code := _wait(process)) is None:
                part = _share_done(command, work_dir / f'seed_{seed}')
                progress.update(task, completed=before + command.share * part)
            if code:
                raise StepError(f'stcr {" ".join(command.words)} failed: see {log}')
        before += command.share
        progress.update(task, completed=before)


def _start(words: list[str], log: Path) -> subprocess.Popen:
    command = [sys.executable, '-W', 'ignore', '-m', 'stcr_mmaction', *words]
    environment = {**os.environ, 'OMP_NUM_THREADS': '1'}
    with log.open('a') as file:
        file.write(f'\n$ stcr {" ".join(words)}\n')
        file.flush()
        return subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT
        )


def _wait(process: subprocess.Popen) -> int | None:
    with suppress(subprocess.TimeoutExpired):
        return process.wait(PATIENCE)
    return None


def _share_done(command: Command, run: Path) -> float:
    """Return the finished share of a pretraining; 0 for other commands."""
    if command.words[0] != 'pretrain' or not (run / 'run.json').is_file():
        return 0.0
    opened = open_run(run)
    return 1 - opened.epochs_left / max(1, opened.facts['chosen']['epochs'])
