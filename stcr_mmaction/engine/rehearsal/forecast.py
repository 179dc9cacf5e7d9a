"""Estimate the time, memory and disk space of a whole run."""

from __future__ import annotations

import math
import shutil
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from mmengine.dist import all_gather_object
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub
from mmengine.runner import BaseLoop, IterBasedTrainLoop, Runner

from ..hooks.damaged_videos import DamagedVideosHook
from .few_batches import count_prepared
from .folder import nearest_folder


class Plan(NamedTuple):
    """The size of a whole run.

    ``checkpoints`` is how many are on disk at one time, ``workers`` how many each process
    uses to load training data. ``max_share`` is that of the :class:`DamagedVideosHook`,
    or 1 without it.
    """

    iterations: int
    epochs: int
    validations: int
    checkpoints: int
    workers: int
    max_share: float


class Pace(NamedTuple):
    """How long an iteration takes.

    ``waiting`` is the share of time spent waiting for data, 0 to 1; ``iterations`` is how
    many were measured.
    """

    seconds: float
    waiting: float
    iterations: int


class Memory(NamedTuple):
    """Peak memory in bytes: of a GPU, of a process, and of a worker.

    For the GPU it is the memory that PyTorch reserved, which decides whether a run fits.
    """

    gpu: int
    process: int
    worker: int


def read_plan(runner: Runner) -> Plan:
    """Read the size of the whole run, before its intervals are changed.

    Args:
        runner (Runner): The runner at the beginning of training.

    Returns:
        Plan: The plan; 0 validations if there is none, and one epoch for an
        iteration-based run.
    """
    loop = runner.train_loop
    hooks = [hook for hook in runner.hooks if isinstance(hook, DamagedVideosHook)]
    return Plan(
        iterations=loop.max_iters,
        epochs=loop.max_epochs,
        validations=_count_validations(loop) if runner.val_loop else 0,
        checkpoints=_count_checkpoints(runner),
        workers=loop.dataloader.num_workers,
        max_share=min([hook.max_share for hook in hooks], default=1.0),
    )


def read_times(runner: Runner) -> dict[str, Any]:
    """Read the times of a run, and its last validation metrics.

    Args:
        runner (Runner): The runner after training.

    Returns:
        dict[str, Any]: ``pace``; with a validation ``val_pace``, ``val_length``, the
        number of its batches, and ``figures``.
    """
    hub, loop = runner.message_hub, runner.val_loop
    times = dict(pace=_read_pace(hub, 'train', runner.train_loop))
    if loop is not None:
        times['val_pace'] = _read_pace(hub, 'val', loop)
        times['val_length'] = len(loop.dataloader)
        times['figures'] = {
            name.removeprefix('val/'): float(history.current())
            for name, history in hub.log_scalars.items()
            if name.startswith('val/') and name not in ('val/time', 'val/data_time')
        }
    return times


def _read_pace(hub: MessageHub, mode: str, loop: BaseLoop) -> Pace | None:
    """Read how long an iteration takes.

    The first batches are prepared in advance, and the last batch may be small: both are
    left out if there are others. None if the config has no :class:`IterTimerHook`.
    """
    if f'{mode}/time' not in hub.log_scalars:
        return None
    names = (f'{mode}/time', f'{mode}/data_time')
    times, waits = (hub.get_scalar(name).data[0] for name in names)
    parts = slice(count_prepared(loop.dataloader), -1), slice(1, None), slice(None)
    steady = next(part for part in parts if len(times[part]))
    seconds = float(np.mean(times[steady]))
    return Pace(seconds, float(np.mean(waits[steady])) / seconds, len(times[steady]))


def _count_validations(loop: BaseLoop) -> int:
    by_iter = isinstance(loop, IterBasedTrainLoop)
    last = loop.max_iters if by_iter else loop.max_epochs
    done = np.arange(max(1, loop.val_begin), last + 1)
    steps = np.searchsorted(loop.dynamic_milestones, done + 1, side='right') - 1
    intervals = np.asarray(loop.dynamic_intervals)[steps]
    return int(((done % intervals == 0) | (done == last)).sum())


def _count_checkpoints(runner: Runner) -> int:
    """Count the largest number of checkpoints on disk at one time."""
    loop, count = runner.train_loop, 0
    for hook in runner.hooks:
        if isinstance(hook, CheckpointHook):
            length = loop.max_epochs if hook.by_epoch else loop.max_iters
            saved = math.ceil(length / hook.interval) if hook.interval > 0 else 1
            # A new one is written before the old one is removed.
            kept = hook.max_keep_ckpts + 1 if hook.max_keep_ckpts > 0 else saved
            best = hook.save_best if runner.val_loop else None
            count += min(saved, kept) + 2 * len(best or ())
    return count


def measure_memory() -> Memory:
    """Measure the peak over all processes; 0 for what does not exist."""
    gpu = torch.cuda.max_memory_reserved() if torch.cuda.is_available() else 0
    sizes = gpu, *_measure_processes()
    return Memory(*map(max, zip(*all_gather_object(sizes), strict=True)))


def _measure_processes() -> tuple[int, int]:
    """Measure the peak of this process and of its largest worker."""
    try:
        import resource
    except ImportError:  # Windows has none
        return 0, 0
    unit = 1 if sys.platform == 'darwin' else 1024
    whose = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    own, workers = (resource.getrusage(who).ru_maxrss * unit for who in whose)
    return own, workers


def check_disk(work_dir: Path, checkpoint: Path, count: int) -> int:
    """Check that the checkpoints of a whole run fit on the disk.

    Args:
        work_dir (Path): Work directory of the whole run.
        checkpoint (Path): A written checkpoint.
        count (int): How many there will be.

    Returns:
        int: Size of a checkpoint in bytes.

    Raises:
        FileNotFoundError: If this process does not see the file.
        OSError: If the disk is too small.
    """
    if not checkpoint.is_file():
        raise FileNotFoundError(
            f'the first process has written {str(checkpoint)!r}, and it is not there for '
            'this one: put the work directory on a disk that all machines share'
        )
    size = checkpoint.stat().st_size
    free = shutil.disk_usage(nearest_folder(work_dir)).free
    if count * size > free:
        raise OSError(
            f'up to {count} checkpoints of {size / 1e6:.0f} MB each will be in '
            f'{str(work_dir)!r}, whose disk has {free / 1e6:.0f} MB free; make room, or '
            'set default_hooks.checkpoint.max_keep_ckpts'
        )
    return size
