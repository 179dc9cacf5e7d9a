"""Print a table of the estimated hours of 200 epochs on one GPU.

    python -m tools.experiments.training_hours

It is part of ``docs/published.md``.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path

from mmengine.config import Config

from . import ROOT
from .report_tables import NOTHING, table

PRETRAINING = 'stcr-contrast_*-200e_ucf101-rgb.py'
VIDEOS = 9537  # of UCF101 split 1, each once an epoch
STEP_MS = dict(VCOPR3D=49.2, VCOPR2Plus1D=96.4)
"""Forward and backward of both paths on an H100, bfloat16, channels last."""
STEP_VIDEOS = 32
DECODING_MS = 14  # of a clip of 16x4 frames from a prepared copy, on one CPU core
HEAD = ('network', 'step of 32 videos', 'epochs', 'hours', 'cores that decode as fast')


def main() -> None:
    """Print the table."""
    print('\n'.join(make_table()))


def make_table() -> list[str]:
    """Return the table, one row for each config."""
    return table(HEAD, [make_row(path) for path in find_configs()])


def find_configs() -> list[Path]:
    """Return the configs in the table."""
    return sorted((ROOT / 'configs/stcr').glob(PRETRAINING))


def make_row(path: Path) -> list[str]:
    """Return the cells of a config's row."""
    cfg = Config.fromfile(path)
    network, epochs = path.stem.split('_')[1], cfg.train_cfg.max_epochs
    step = STEP_MS.get(cfg.model.backbone.type)
    if step is None:
        return [network, 'not measured', str(epochs), NOTHING, NOTHING]
    cores = ceil(STEP_VIDEOS * DECODING_MS / step)
    return [
        network,
        f'{step} ms',
        str(epochs),
        f'{hours(step, epochs):.1f}',
        str(cores),
    ]


def hours(step_ms: float, epochs: int) -> float:
    """Return the hours that the steps of all epochs take."""
    return epochs * VIDEOS / STEP_VIDEOS * step_ms / 1000 / 3600


if __name__ == '__main__':
    main()
