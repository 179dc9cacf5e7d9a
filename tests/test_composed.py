"""Composed configs through MMAction2's own tools, and through mim."""

import os
import subprocess
import sys
from pathlib import Path

import mmaction
import pytest

from .conftest import write_video

ROOT = Path(__file__).parents[1]
STOCK = Path(mmaction.__file__).parent / '.mim' / 'tools'
MIM = Path(sys.executable).parent / 'mim'

pytestmark = pytest.mark.slow
FOLDER = ROOT / 'configs/stcr'
# What is composed: a recipe, a stock config of MMAction2 with consistency, consistency
# with a pretext, and consistency with few labels. Paths are made in the batch in all.
CONFIGS = {
    FOLDER / 'stcr-contrast_r3d-vcop_1xb64-16x4x1-200e_ucf101-rgb.py': [],
    FOLDER / 'pretext/stcr-rotation_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py': [],
    FOLDER / 'mmaction2/stcr-supervised_c3d_8xb30-16x1x1-45e_ucf101-rgb.py': [
        'val_cfg=None',
        'val_dataloader=None',
        'val_evaluator=None',
        'train_dataloader.dataset.data_prefix.video={data}/videos',
        'train_dataloader.dataset.ann_file={data}/ucf101_train_split_1_videos.txt',
    ],
    FOLDER / 'pretext/stcr-vcop_r3d-vcop_8xb8-16x1x3-50e_ucf101-rgb.py': [],
    FOLDER / 'semi_supervised/stcr-semi_r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py': [
        'train_cfg.val_begin=9',
    ],
}


@pytest.fixture(scope='module')
def data(tmp_path_factory):
    """A data set with the layout of UCF101."""
    data = tmp_path_factory.mktemp('ucf101')
    for number in range(4):
        write_video(data / f'videos/{number}.mp4', num_frames=70, seed=number)
    lines = ''.join(f'{number}.mp4 {number % 2}\n' for number in range(4))
    for part in ('train', 'val'):
        (data / f'ucf101_{part}_split_1_videos.txt').write_text(lines)
    return data


@pytest.mark.parametrize('config', CONFIGS, ids=lambda path: path.stem)
@pytest.mark.parametrize('tool', ['stock', 'mim'])
def test_composed_configs_train(tool, config, data, tmp_path):
    if tool == 'mim' and not MIM.is_file():
        pytest.skip(
            'mim is not installed: pip install -r requirements/pinned.txt openmim'
        )
    commands = dict(
        stock=[sys.executable, STOCK / 'train.py', config],
        mim=[MIM, 'train', 'mmaction2', config, '--gpus', 0],
    )
    options = [
        *('train_cfg.max_epochs=1', 'default_hooks.checkpoint.interval=99'),
        *('default_hooks.checkpoint.save_last=False', 'default_hooks.logger.interval=1'),
        *('train_dataloader.batch_size=2', 'train_dataloader.num_workers=0'),
        *('train_dataloader.persistent_workers=False', 'optim_wrapper.optimizer.lr=1e-4'),
        *(option.format(data=data) for option in CONFIGS[config]),
    ]
    words = [*commands[tool], '--work-dir', tmp_path, '--cfg-options', *options]
    # mim starts whatever `python` comes first.
    path = f'{MIM.parent}{os.pathsep}{os.environ["PATH"]}'
    done = subprocess.run(
        list(map(str, words)),
        cwd=tmp_path,
        env={**os.environ, 'PATH': path, 'UCF101_ROOT': str(data)},
        capture_output=True,
        text=True,
        timeout=900,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed[-3000:]
    assert 'Epoch(train) [1][2/2]' in printed
    assert 'loss_temporal' in printed
