"""Kill a small training at random times, resume it, and compare the result."""

from __future__ import annotations

import os
import random
import runpy
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path

import torch
from mmengine.runner import find_latest_checkpoint

from .. import ROOT
from . import FORK

CONFIG = """
_base_ = '{configs}/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py'

model = dict(backbone=dict(base_channels=4), consistency_head=dict(in_channels=32))
train_dataloader = dict(batch_size=4, persistent_workers=False)
train_cfg = dict(max_epochs=4)
val_cfg = val_dataloader = val_evaluator = None
default_hooks = dict(
    checkpoint=dict(interval=1, max_keep_ckpts=1, by_epoch={by_epoch}),
    logger=dict(interval=1),
)
custom_hooks = []
"""
MAX_KILLS = 5
SHARE_WHILE_WRITING = 0.3


def kill_and_resume(number: int, folder: Path, seed: int) -> Iterator[Counter]:
    """Kill trainings with SIGKILL, and resume each.

    Each training is killed up to 5 times, at random times, 30% of them while a checkpoint
    is written, and then finishes. Checkpoints are written after each iteration or epoch;
    there are 0, 1 or 2 workers.

    Args:
        number (int): Number of kills.
        folder (Path): Folder of the runs; ``MOTION_ROOT`` has the videos.
        seed (int): Random seed.

    Yields:
        Counter: After each run, counts of ``kills``, and among these ``in_the_write``; of
        ``runs``, and among these ``equal``, with weights and optimizer state bitwise
        equal to those of an uninterrupted run.
    """
    folder.mkdir(parents=True)
    configs = [_write_config(folder, by_epoch) for by_epoch in (False, True)]
    expected, lifetime = _train_undisturbed(configs[0], folder / 'undisturbed')
    killed = 0
    for run in count():
        if killed >= number:
            return
        trial = Trial(
            configs[run % 2],
            folder / f'run_{run}',
            run % 3,
            random.Random(f'{seed} {run}'),
        )
        figures = trial.kill_repeatedly(min(MAX_KILLS, number - killed), lifetime)
        figures['runs'] = 1
        figures['equal'] = int(trial.finish() and same(expected, trial.state()))
        killed += figures['kills']
        yield figures


class Trial:
    """A run that is killed and resumed.

    Args:
        config (Path): Config of the run.
        folder (Path): Folder of the run.
        workers (int): Workers of its data loader.
        moments (random.Random): Generator of the times of kills.
    """

    def __init__(
        self, config: Path, folder: Path, workers: int, moments: random.Random
    ) -> None:
        self.config, self.folder, self.workers = config, folder, workers
        self.moments = moments

    def kill_repeatedly(self, kills: int, lifetime: float) -> Counter:
        """Kill the run repeatedly, unless it finishes before."""
        figures = Counter()
        for _ in range(kills):
            process = self._start()
            in_the_write = self.moments.random() < SHARE_WHILE_WRITING
            if in_the_write:
                self._wait_for_write(process)
            else:
                process.join(self.moments.uniform(0, lifetime))
            if process.exitcode is None:
                os.kill(process.pid, signal.SIGKILL)
            process.join()
            was_killed = int(process.exitcode == -signal.SIGKILL)
            figures.update(kills=was_killed, in_the_write=was_killed * in_the_write)
        return figures

    def finish(self) -> bool:
        """Let the run finish; return whether it succeeded."""
        process = self._start()
        process.join()
        return process.exitcode == 0

    def state(self) -> dict:
        """Return the weights and optimizer state of the last checkpoint."""
        checkpoint = torch.load(find_latest_checkpoint(str(self.folder)))
        return {key: checkpoint[key] for key in ('state_dict', 'optimizer')}

    def _start(self) -> BaseProcess:
        process = FORK.Process(target=self._train)
        process.start()
        return process

    def _train(self) -> None:
        """Run tools/train.py in this process."""
        self.folder.mkdir(exist_ok=True)
        log = os.open(self.folder / 'log.txt', os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(log, stream)
        options = f'train_dataloader.num_workers={self.workers}'
        sys.argv = [
            *('train.py', str(self.config), '--work-dir', str(self.folder), '--seed'),
            *('0', '--resume', '--cfg-options', options),
        ]
        runpy.run_path(str(ROOT / 'tools' / 'train.py'), run_name='__main__')

    def _wait_for_write(self, process: BaseProcess) -> None:
        skipped = self.moments.randrange(6)
        while process.exitcode is None and skipped >= 0:
            if any(self.folder.glob('.*.part')):
                skipped -= 1
                if skipped >= 0:
                    time.sleep(0.05)
            else:
                time.sleep(0.0005)


def same(one: object, other: object) -> bool:
    """Whether nested containers are equal, with bitwise equal tensors."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[k], other[k]) for k in one)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def _write_config(folder: Path, by_epoch: bool) -> Path:
    path = folder / f'{"epochs" if by_epoch else "iterations"}.py'
    path.write_text(CONFIG.format(configs=ROOT / 'configs', by_epoch=by_epoch))
    return path


def _train_undisturbed(config: Path, folder: Path) -> tuple[dict, float]:
    """Return the state of an uninterrupted run, and its duration in seconds."""
    trial = Trial(config, folder, 0, random.Random(0))
    started = time.perf_counter()
    if not trial.finish():
        raise RuntimeError(f'the training that is to be killed fails: {folder}/log.txt')
    return trial.state(), time.perf_counter() - started
