"""OpenMMLab's launcher on our configs."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]
MIM = Path(sys.executable).parent / 'mim'

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not MIM.is_file(),
        reason='mim is not installed: pip install -r requirements/pinned.txt openmim',
    ),
]


def call(*command, **environment):
    done = subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        # mim starts whatever `python` comes first.
        env=os.environ
        | dict(PATH=f'{MIM.parent}{os.pathsep}{os.environ["PATH"]}', **environment),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_setuptools_still_has_what_mmengine_imports():
    assert int(importlib.metadata.version('setuptools').split('.')[0]) < 81


def test_mim_pretrains_fine_tunes_and_tests(tmp_path):
    few = ['--train-per-class', 2, '--test-per-class', 1, '--labels-per-class', 1]
    call(
        sys.executable,
        '-m',
        'tools.experiments.motion',
        '--out',
        tmp_path / 'motion',
        *few,
    )

    def mim(command, config, *arguments):
        config = ROOT / 'configs/demo' / config
        options = ['--gpus', 0, '--work-dir', tmp_path / config.stem]
        return call(
            *(MIM, command, 'mmaction2', config, *options, *arguments),
            MOTION_ROOT=str(tmp_path / 'motion'),
        )

    short = ['--cfg-options', 'train_cfg.max_epochs=1']
    pretrain, recognize = (
        'stcr_r3d-vcop_16x2x1_motion-rgb.py',
        'r3d-vcop_16x2x1_motion-rgb.py',
    )
    mim('train', pretrain, *short)
    pretrained = tmp_path / Path(pretrain).stem / 'epoch_1.pth'
    torch.load(pretrained, weights_only=True)

    lists = f'{tmp_path}/motion/motion_train_1_per_class_videos.txt'
    mim(
        *('train', recognize, *short, f'load_from={pretrained}'),
        f'train_dataloader.dataset.dataset.ann_file={lists}',
    )
    recognizer = tmp_path / Path(recognize).stem / 'epoch_1.pth'
    assert 'acc/top1' in mim('test', recognize, '--checkpoint', recognizer)
