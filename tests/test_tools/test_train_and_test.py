"""The real tools, ours and those of the mmaction2 package, on real video files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import mmaction
import pytest
import torch

from ..conftest import call_script, write_video

ROOT = Path(__file__).parents[2]
OURS = ROOT / 'tools'
STOCK = Path(mmaction.__file__).parent / '.mim' / 'tools'

COMMON = """
custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)
default_scope = 'mmaction'
default_hooks = dict(
    logger=dict(type='LoggerHook', interval=1),
    checkpoint=dict(type='WholeCheckpointHook', interval=1))
randomness = dict(seed=0)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01, momentum=0.9))
backbone = dict(type='VCOPR3D', base_channels=4)
preprocessor = dict(
    type='ActionDataPreprocessor', mean=[0, 0, 0], std=[255, 255, 255],
    format_shape='NCTHW')
read = [dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=1)]
decode = [dict(type='DecordDecode'),
          dict(type='Resize', scale=(40, 40), keep_ratio=False)]
crop = dict(type='RandomCrop', size=32)
dataset = dict(
    type='CheckedVideoDataset', ann_file='videos/train.txt', num_classes=2,
    data_prefix=dict(video='videos'))
def loader(pipeline, shuffle=True):
    return dict(batch_size=4, num_workers=0, dataset=dict(pipeline=pipeline, **dataset),
                sampler=dict(type='DefaultSampler', shuffle=shuffle))
"""
PRETRAIN = """
model = dict(
    type='STCR', backbone=backbone, data_preprocessor=preprocessor,
    consistency_head=dict(type='STCRHead', in_channels=32, temporal_size=2))
custom_hooks = [dict(type='CollapseMonitorHook', interval=1, window=4),
                dict(type='FiniteLossHook')]
train_dataloader = loader([
    *read, *decode,
    dict(type='SiamesePaths', clean=[crop], noise=[
        crop, dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs',
         meta_keys=('transform_codes', 'mixup_weights', 'mixup_frames'))])
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=2)
param_scheduler = [dict(type='MultiStepLR', milestones=[1], by_epoch=True)]
"""
FINETUNE = """
model = dict(
    type='Recognizer3D', backbone=backbone, data_preprocessor=preprocessor,
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=32, average_clips='prob'))
pack = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
train_dataloader = loader([*read, *decode, crop, *pack])
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=1)
test_dataloader = loader([
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=10,
         test_mode=True),
    *decode, dict(type='CenterCrop', crop_size=32), *pack], shuffle=False)
test_cfg = dict(type='TestLoop')
test_evaluator = dict(type='AccMetric')
"""


def start(script, arguments, folder):
    """Run a tool as users do, in a process of its own, and return all that it printed."""
    done = subprocess.run(
        [sys.executable, str(script), *arguments.split()],
        cwd=folder,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        capture_output=True,
        text=True,
    )
    printed = done.stdout + done.stderr
    assert done.returncode == 0, printed[-3000:]
    return printed


def run(script, arguments, folder, *options):
    """Run a tool in this process, and return all that it printed."""
    options = '--cfg-options', f'experiment_name={uuid4().hex}', *options
    done = call_script(script, *arguments.split(), *options, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def weights(checkpoint):
    """Load safely, as torch does by default."""
    return torch.load(checkpoint, weights_only=True)['state_dict']


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """A folder with eight videos, their annotation file, and the configs."""
    folder = tmp_path_factory.mktemp('run')
    lines = []
    for number in range(8):
        name = f'{number}.mp4'
        write_video(folder / 'videos' / name, num_frames=20 + 4 * number)
        lines.append(f'{name} {number % 2}\n')
    (folder / 'videos' / 'train.txt').write_text(''.join(lines))
    # mmengine drops functions from a dumped config, not from one that it reads.
    (folder / 'pretrain.py').write_text(COMMON + PRETRAIN + 'del loader\n')
    (folder / 'finetune.py').write_text(COMMON + FINETUNE + 'del loader\n')
    return folder


@pytest.fixture(scope='module')
def pretrained(folder):
    """The work directory of a finished pretraining with our tool."""
    printed = start(OURS / 'train.py', 'pretrain.py --work-dir ours', folder)
    assert re.search(r'Epoch\(train\)\s+\[2\].*loss_temporal: .*rank_clean', printed)
    return folder / 'ours'


def test_pretraining_leaves_checkpoints_that_load_safely(pretrained):
    first, last = (weights(pretrained / f'epoch_{n}.pth') for n in (1, 2))
    changed = [key for key in first if not torch.equal(first[key], last[key])]
    assert any(key.startswith('backbone.') for key in changed)
    assert any(key.startswith('consistency_head.') for key in changed)


def test_the_stock_tool_gives_the_same_weights(folder, pretrained):
    start(STOCK / 'train.py', 'pretrain.py --work-dir stock', folder)
    ours, stock = (weights(f / 'epoch_2.pth') for f in (pretrained, folder / 'stock'))
    assert ours.keys() == stock.keys()
    assert all(torch.equal(ours[key], stock[key]) for key in ours)


@pytest.mark.parametrize('tools', [OURS, STOCK], ids=['ours', 'stock'])
def test_an_interrupted_run_resumes(folder, pretrained, tools):
    work_dir = folder / f'resumed-{tools.parent.name}'
    work_dir.mkdir()
    shutil.copy(pretrained / 'epoch_1.pth', work_dir)
    (work_dir / 'last_checkpoint').write_text(str(work_dir / 'epoch_1.pth'))
    arguments = f'pretrain.py --resume --work-dir {work_dir}'
    printed = run(tools / 'train.py', arguments, folder)
    assert 'resumed epoch: 1, iter: 2' in printed
    assert re.search(r'Epoch\(train\)\s+\[2\]', printed)
    assert not re.search(r'Epoch\(train\)\s+\[1\]', printed)
    assert (work_dir / 'epoch_2.pth').is_file()


@pytest.mark.parametrize('tools', [OURS, STOCK], ids=['ours', 'stock'])
def test_fine_tuning_starts_from_it_and_is_tested_with_10_clips(
    folder, pretrained, tools
):
    work_dir = folder / f'finetuned-{tools.parent.name}'
    options = f'load_from={pretrained}/epoch_2.pth', 'optim_wrapper.optimizer.lr=0'
    run(tools / 'train.py', f'finetune.py --work-dir {work_dir}', folder, *options)
    after, before = weights(work_dir / 'epoch_1.pth'), weights(pretrained / 'epoch_2.pth')
    kernels = [key for key in before if re.search(r'^backbone\..*conv\.weight', key)]
    assert kernels
    assert all(torch.equal(after[key], before[key]) for key in kernels)
    arguments = f'finetune.py {work_dir}/epoch_1.pth --work-dir {work_dir}'
    assert re.search(r'acc/top1: [01]\.\d+', run(tools / 'test.py', arguments, folder))


def test_half_precision_by_the_flag(folder):
    printed = run(OURS / 'train.py', 'finetune.py --work-dir amp --amp', folder)
    assert re.search(r'Epoch\(train\)\s+\[1\].* top1_acc: .* loss_cls: \d', printed)
    assert "type='AmpOptimWrapper'" in printed


def test_a_missing_video_is_named_before_training(folder):
    (folder / 'videos' / 'broken.txt').write_text('0.mp4 0\ngone.mp4 1\n')
    option = 'train_dataloader.dataset.ann_file=videos/broken.txt'
    message = "1 of 2 videos listed in 'videos/broken.txt'(.|\n)*gone.mp4"
    with pytest.raises(FileNotFoundError, match=message):
        run(OURS / 'train.py', 'pretrain.py --work-dir broken', folder, option)
