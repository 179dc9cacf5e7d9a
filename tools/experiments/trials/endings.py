"""Test how trainings with two processes end, normally and early."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from .. import ROOT

SCRIPT = 'tools.experiments.trials.two_processes'
CONFIG = """
default_scope = 'mmaction'
model = dict(
    type='STCR',
    backbone=dict(type='VCOPR3D', base_channels=4),
    consistency_head=dict(type='STCRHead', in_channels=32, temporal_size=2),
    data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'))
train_dataloader = dict(
    batch_size=1, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type='CheckedVideoDataset', ann_file='{ann_file}',
        pipeline=[
            dict(type='DecordInit'),
            dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=1),
            dict(type='DecordDecode'),
            dict(
                type='SiamesePaths', clean=[dict(type='RandomCrop', size=32)],
                noise=[dict(type='RandomCrop', size=32)]),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs', meta_keys=('transform_codes',))]))
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=1),
    checkpoint=dict(type='CheckpointHook', interval=1))
"""
EARLY = dict(error=signal.SIGUSR1, interruption=signal.SIGINT, termination=signal.SIGTERM)
SPIN = 'import os; parent = os.getppid()\nwhile os.getppid() == parent: pass'


def end_trainings(
    number: int, videos: Sequence[Path], folder: Path, seed: int
) -> Iterator[Counter]:
    """Train in two gloo processes, while all CPUs are busy.

    After every fourth training, one is ended early at a random time: by an error in one
    process, by Ctrl-C to both, or by SIGTERM to one, without ending the other.

    Args:
        number (int): Number of trainings that end normally.
        videos (Sequence[Path]): Intact training videos.
        folder (Path): Folder of the trainings; their logs are kept.
        seed (int): Random seed.

    Yields:
        Counter: After each training, counts of ``endings``, of ``whole`` or ``early``
        ones, and of ``whole_right`` or ``early_right`` if both exit statuses are right.
    """
    folder = folder.resolve()
    folder.mkdir(parents=True)
    ann_file, config = folder / 'videos.txt', folder / 'config.py'
    ann_file.write_text(''.join(f'{path.resolve()} 0\n' for path in videos))
    config.write_text(CONFIG.format(ann_file=ann_file))
    command = [sys.executable, '-m', SCRIPT, str(config), str(folder), *_plan(number)]
    with _busy_processors():
        trainings = subprocess.Popen(
            [*command, '--seed', str(seed)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        with trainings:
            for line in trainings.stdout:
                yield judge(**json.loads(line))
    if trainings.returncode:
        raise RuntimeError(f'{SCRIPT} ends with exit status {trainings.returncode}')


def judge(ending: str, codes: list[int | None], seconds: float) -> Counter:
    """Count a training, and whether it ended correctly.

    Args:
        ending (str): ``'whole'`` or one of :data:`EARLY`.
        codes (list[int | None]): Exit status of each process, None if it hung.
        seconds (float): Its duration; not used.

    Returns:
        Counter: See :func:`end_trainings`.
    """
    kind = 'early' if ending in EARLY else 'whole'
    # A process may finish before the signal, or fail because the other has ended.
    allowed = {0, 1, -EARLY[ending]} if ending in EARLY else {0}
    right = int(allowed.issuperset(codes))
    return Counter({'endings': 1, kind: 1, f'{kind}_right': right})


def _plan(number: int) -> Iterator[str]:
    early = itertools.cycle(EARLY)
    for training in range(number):
        yield 'whole'
        if training % 4 == 3:
            yield next(early)


@contextmanager
def _busy_processors() -> Iterator[None]:
    """Keep each CPU busy; these processes end with this one."""
    processes = [
        subprocess.Popen([sys.executable, '-c', SPIN]) for _ in range(os.cpu_count())
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
