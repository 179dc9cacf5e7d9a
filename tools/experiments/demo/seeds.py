"""Run the commands of ``stcr`` for every seed, some seeds at a time, and show how far."""

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

PATIENCE = 1.0  # seconds between two looks at what is done


class Command(NamedTuple):
    """A command of ``stcr``, what it is for, its share of the time, and its result."""

    says: str
    share: float
    words: list[str]
    result: Path | None = None


def list_commands(data: Data, run: Path, seed: int, options: list[str]) -> list[Command]:
    """List what is done for a seed.

    Args:
        data (Data): What it learns from.
        run (Path): Folder of the run.
        seed (int): Of all draws.
        options (list[str]): Of the pretraining.
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
        jobs (dict[int, list[Command]]): For each seed its commands, one after another.
        work_dir (Path): Holds a log a seed.
        at_a_time (int): Seeds.

    Raises:
        StepError: If a command fails; says where it is told why.
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
        progress.update(task, description=f'seed {seed}: {command.says}')
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
    """Return the share of a pretraining that is done, by its checkpoints; 0 of others."""
    if command.words[0] != 'pretrain' or not (run / 'run.json').is_file():
        return 0.0
    opened = open_run(run)
    return 1 - opened.epochs_left / max(1, opened.facts['chosen']['epochs'])
