"""Measure samples per second of tools/train.py, against the training step alone."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.runner import Runner

from stcr_mmaction.engine.hooks import ChannelsLastHook

from .. import ROOT
from .timing import Row, timed

CONFIG = ROOT / 'configs/stcr/stcr-contrast_r3d-vcop_1xb64-16x4x1-200e_ucf101-rgb.py'
WARM_UP, MEASURED = 60, 140  # 14 workers have 28 batches ready at the start


def compare_training(
    videos: list[Path], folder: Path, device: str, batch_size: int, workers: int
) -> Row:
    """Train as users do, and time the same steps on clips in memory.

    Args:
        videos (list[Path]): Prepared videos.
        folder (Path): Folder for the list of videos and the run.
        device (str): ``'cpu'`` or ``'cuda'``.
        batch_size (int): Videos in a batch.
        workers (int): Workers of the data loader.

    Returns:
        Row: Time of an iteration of the training against a step alone, and the share of
        waiting for data.
    """
    iterations = (1, 3) if device == 'cpu' else (WARM_UP, MEASURED)
    options = write_options(videos, folder, device, batch_size, workers, sum(iterations))
    subprocess.run(
        [
            *(sys.executable, '-W', 'ignore', ROOT / 'tools/train.py', CONFIG),
            *('--work-dir', folder / 'run', '--cfg-options', *options),
        ],
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
    )
    (log,) = (folder / 'run').glob('*/vis_data/scalars.json')
    lines = [json.loads(line) for line in log.read_text().splitlines()][iterations[0] :]
    took, waited = (
        statistics.median(line[k] for line in lines) for k in ('time', 'data_time')
    )
    alone = time_steps(options, device, batch_size, iterations[1])
    times = [line['time'] / alone for line in lines]
    low, _, high = statistics.quantiles(times, n=4)
    return Row(
        'iteration of tools/train.py',
        'the step alone',
        f'{CONFIG.stem}, batches of {batch_size}, {workers} workers, '
        f'{len(videos)} prepared videos',
        took / alone,
        (low, high),
        1 / 0.9,
        f'{batch_size / alone:.1f} samples a second',
        f'{batch_size / took:.1f} samples a second; {waited / took:.0%} of the time is '
        'waiting for data',
    )


def write_options(
    videos: list[Path],
    folder: Path,
    device: str,
    batch_size: int,
    workers: int,
    iterations: int,
) -> list[str]:
    """Write the list of videos, and return the options of the training."""
    folder.mkdir(parents=True)
    needed = iterations * batch_size
    lines = [f'{videos[n % len(videos)].absolute()} 0\n' for n in range(needed)]
    (folder / 'videos.txt').write_text(''.join(lines))
    options = {
        'train_dataloader.dataset.ann_file': folder / 'videos.txt',
        'train_dataloader.dataset.data_prefix.video': '',
        'train_dataloader.batch_size': batch_size,
        'train_dataloader.num_workers': workers,
        'train_dataloader.persistent_workers': workers > 0,
        'train_cfg.max_epochs': 1,
        'param_scheduler': 'None',
        'default_hooks.logger.interval': 1,
        'default_hooks.checkpoint': 'None',
    }
    if device != 'cpu':
        options |= {'optim_wrapper.type': 'AmpOptimWrapper'}
        options |= {'optim_wrapper.dtype': 'bfloat16'}
    return [f'{key}={value}' for key, value in options.items()]


def time_steps(options: list[str], device: str, batch_size: int, count: int) -> float:
    """Return the seconds of a step on decoded clips on the device."""
    config = Config.fromfile(CONFIG)
    keys = [option.partition('=')[::2] for option in options if 'optim' in option]
    config.merge_from_dict(dict(keys))
    model = MODELS.build(config.model).to(device).train()
    ChannelsLastHook().before_run(_FakeRunner(model))  # as the config has it
    optimizer = Runner.build_optim_wrapper(_FakeRunner(model), config.optim_wrapper)
    clips = torch.randint(256, (1, 3, 16, 128, 171), dtype=torch.uint8, device=device)

    def step() -> None:
        samples = [ActionDataSample() for _ in range(batch_size)]
        data = dict(inputs=[clips] * batch_size, data_samples=samples)
        model.train_step(data, optimizer)

    times = [timed(step, device) for _ in range(count + 2)]
    return statistics.median(times[2:])


class _FakeRunner:
    """The attributes of a runner that are needed here."""

    def __init__(self, model: torch.nn.Module) -> None:
        self.model = model
