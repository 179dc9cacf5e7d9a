"""Odd and damaged files from elsewhere, through the real tools."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ..conftest import write_video

pytestmark = pytest.mark.slow
TOOLS = Path(__file__).parents[2] / 'tools'
SUFFIXES = {'.mp4', '.avi', '.mov'}
UNUSABLE = {
    'audio_only.mp4',
    'frames_0.avi',
    'frames_0.mp4',
    'not_a_video.mp4',
    'trunc_25pct.mp4',
    'trunc_95pct.mp4',
    'zero_byte.mp4',
}
DAMAGED_IN_PLACES = {'corrupted.mp4', 'bitrot_mid.mp4'}  # what is drawn decides
SOUND = 16

CONFIG = """
_base_ = 'stcr_mmaction::_base_/default_runtime.py'
default_hooks = dict(
    checkpoint=dict(interval=1),
    damaged=dict(type='DamagedVideosHook', max_share={share}))
randomness = dict(seed=0)
model = dict(
    type='Recognizer3D', backbone=dict(type='VCOPR3D', base_channels=4),
    data_preprocessor=dict(
        type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3, format_shape='NCTHW'),
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=32, average_clips='prob'))
def pipeline(num_clips, test_mode):
    return [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=num_clips,
             test_mode=test_mode, out_of_bound_opt='repeat_last'),
        dict(type='DecordDecode'), dict(type='Resize', scale=(32, 32), keep_ratio=False),
        dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
data = dict(type='CheckedVideoDataset', ann_file='all.txt', data_prefix=dict(video=''))
train_dataloader = dict(
    batch_size=4, num_workers=2, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline=pipeline(1, False), on_error='replace', **data))
test_dataloader = dict(
    batch_size=4, num_workers=2, sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(pipeline=pipeline(2, True), test_mode=True, **data))
test_cfg = dict(type='TestLoop')
test_evaluator = dict(type='CheckedAccMetric')
train_cfg = dict(type='ReproducibleTrainLoop', max_epochs=2)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))
del pipeline
"""


@pytest.fixture(scope='module')
def odd(real_data):
    """The odd files, by name."""
    files = (real_data / 'odd_inputs').glob('*/*')
    odd = {path.name: path for path in files if path.suffix in SUFFIXES}
    assert odd.keys() >= UNUSABLE | DAMAGED_IN_PLACES
    return odd


@pytest.fixture(scope='module')
def folder(tmp_path_factory, odd):
    """All odd files among sound ones."""
    folder = tmp_path_factory.mktemp('odd')
    sound = [write_video(folder / f'{number}.mp4') for number in range(SOUND)]
    lines = [f'{p} {n % 2}\n' for n, p in enumerate([*sound, *sorted(odd.values())])]
    (folder / 'all.txt').write_text(''.join(lines))
    (folder / 'half.py').write_text(CONFIG.format(share=0.5))
    (folder / 'few.py').write_text(CONFIG.format(share=0.05))
    return folder


def run(folder, tool, *words):
    return subprocess.run(
        [sys.executable, str(TOOLS / tool), *map(str, words)],
        cwd=folder,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope='module')
def trained(folder):
    done = run(folder, 'train.py', 'half.py', '--work-dir', 'half')
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def test_training_goes_on_and_every_damaged_file_is_listed(folder, odd, trained):
    account = json.loads((folder / 'half/damaged_videos.json').read_text())
    named = {Path(name).name for name in account['videos']}
    assert named - DAMAGED_IN_PLACES == UNUSABLE
    assert all(str(odd[name]) in trained for name in named)
    weights = torch.load(folder / 'half/epoch_2.pth')['state_dict']
    assert all(value.isfinite().all() for value in weights.values())


def test_too_many_damaged_files_end_the_training(folder):
    done = run(folder, 'train.py', 'few.py', '--work-dir', 'few')
    assert done.returncode != 0
    assert 'max_share' in done.stderr


def test_a_test_names_the_file(folder, odd, trained):
    words = ['half.py', 'half/epoch_2.pth', '--work-dir', 'raised']
    done = run(folder, 'test.py', *words)
    assert done.returncode != 0
    assert any(str(odd[n]) in done.stderr for n in UNUSABLE | DAMAGED_IN_PLACES)


def test_a_test_can_count_them_as_wrong(folder, odd, trained):
    words = ['half.py', 'half/epoch_2.pth', '--work-dir', 'counted', '--cfg-options']
    option = 'test_dataloader.dataset.on_error=count_as_wrong'
    done = run(folder, 'test.py', *words, option)
    assert done.returncode == 0, done.stderr[-3000:]
    printed = done.stdout + done.stderr
    for name in UNUSABLE:
        assert f"counted as wrong: cannot load video '{odd[name]}'" in printed
    (written,) = (folder / 'counted').glob('*/*.json')
    figures = json.loads(written.read_text())
    assert len(UNUSABLE) <= figures['acc/damaged_videos'] <= len(UNUSABLE) + 2
    worst = 1 - figures['acc/damaged_videos'] / (SOUND + len(odd))
    assert figures['acc/top1'] <= worst


def test_the_checker_finds_them(folder):
    done = run(folder, 'data/check_videos.py', 'all.txt', '--videos', '/')
    assert done.returncode != 0
    found = set()
    for line in done.stdout.splitlines():
        if line.startswith('undecodable: '):
            found.add(Path(line.split(': ')[1]).name)
    assert found == UNUSABLE | DAMAGED_IN_PLACES
