"""What the demo learns from: a data set, configs for it, and what they need."""

import argparse
from dataclasses import dataclass, field
from pathlib import Path

from . import ROOT

CONFIGS = ROOT / 'configs' / 'demo'


@dataclass(frozen=True)
class Task:
    """A data set and how to learn from it.

    Attributes:
        title (str): Says what it is.
        scale (str): Says how small the networks and clips are.
        prepare (list[str]): What after ``python`` makes videos and annotation files.
        pretrain (Path): Config of the pretraining.
        fine_tune (Path): Config of fine-tuning, and of the test after it.
        scratch (Path): Config of training from scratch, and of the test after it.
        num_classes (int): Number of classes, for the chance level.
        env (dict): What the configs read from the environment.
        options (list[str]): Settings for all trainings.
    """

    title: str
    scale: str
    prepare: list[str]
    pretrain: Path
    fine_tune: Path
    scratch: Path
    num_classes: int
    env: dict[str, str]
    options: list[str] = field(default_factory=list)


def motion_task(args: argparse.Namespace) -> Task:
    """Learn from the rendered motion data set, 5 labelled clips a class."""
    train, test = (6, 2) if args.quick else (40, 17)
    out = args.data_root or _data_folder(args, 'motion')
    size = ['--train-per-class', str(train), '--test-per-class', str(test)]
    size += ['--val-per-class', '5', '--bias', '0.5']
    return Task(
        title=f'motion: {12 * train} rendered videos of 12 classes, 60 labelled',
        scale='VCOPR3D of 8 base channels, clips of 16x32x32',
        prepare=['-m', 'tools.experiments.motion', '--out', str(out), *size],
        **_configs('16x2x1_motion-rgb'),
        num_classes=12,
        env=dict(MOTION_ROOT=str(out)),
    )


def surv_fight_task(args: argparse.Namespace) -> Task:
    """Learn from four folds of real surveillance footage, test on the fifth."""
    out = _data_folder(args, 'surv_fight')
    where = ['--data-root', str(args.data_root), '--out', str(out)]
    return Task(
        title=f'surv_fight: real footage, tested on fold {args.fold} of 0 to 4',
        scale='VCOPR3D of 8 base channels, clips of 16x56x56',
        prepare=['-m', 'tools.experiments.surv_fight', *where, '--fold', str(args.fold)],
        **_configs('16x1x1_surv-fight-rgb'),
        num_classes=2,
        env=dict(SURV_FIGHT_ROOT=str(out), FOLD=str(args.fold)),
    )


def _configs(data: str) -> dict[str, Path]:
    return dict(
        pretrain=CONFIGS / f'stcr-contrast_r3d-vcop_{data}.py',
        fine_tune=CONFIGS / f'r3d-vcop_stcr-contrast-pre_gradients_{data}.py',
        scratch=CONFIGS / f'r3d-vcop_gradients_{data}.py',
    )


def _data_folder(args: argparse.Namespace, name: str) -> Path:
    return (args.work_dir if args.quick else ROOT) / 'data' / name


TASKS = dict(motion=motion_task, surv_fight=surv_fight_task)
