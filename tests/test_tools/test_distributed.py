"""Two processes on the CPU, started as users start them."""

import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from ..conftest import write_video

TOOLS = Path(__file__).parents[2] / 'tools'
TRAIN, TEST = 8, 7  # of an odd number, one process has more

CONFIG = """
custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)
default_scope = 'mmaction'
randomness = dict(seed=0)  # of a classifier that is tested untrained, too
default_hooks = dict(checkpoint=dict(type='WholeCheckpointHook', interval=1))
# Normalization by the clips of a batch would depend on who has which clips.
backbone = dict(
    type='VCOPR3D', base_channels=4, norm_cfg=dict(type='GN', num_groups=2))
preprocessor = dict(
    type='ActionDataPreprocessor', mean=[0] * 3, std=[255] * 3, format_shape='NCTHW')
model = dict(
    type='STCR', backbone=backbone, data_preprocessor=preprocessor,
    consistency_head=dict(
        type='STCRHead', in_channels=32, temporal_size=2,
        auxiliary_losses=dict(contrast=dict(type='InfoNCELoss'))))
read = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=1, num_clips=1)]
decode = [
    dict(type='DecordDecode'), dict(type='Resize', scale=(40, 40), keep_ratio=False)]
crop = dict(type='RandomCrop', size=32)
pack = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
data = dict(
    type='CheckedVideoDataset', ann_file='videos/train.txt',
    data_prefix=dict(video='videos'))
train_dataloader = dict(
    batch_size=4, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(pipeline=[
        *read, *decode,
        dict(type='SiamesePaths', clean=[crop], noise=[
            crop, dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]),
        pack[0], dict(type='PackActionInputs', meta_keys=('transform_codes',))], **data))
train_cfg = dict(type='ReproducibleTrainLoop', max_epochs=1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1, momentum=0.9))
test_dataloader = dict(
    batch_size=2, num_workers=0, sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        pipeline=[
            read[0], dict(read[1], test_mode=True), *decode,
            dict(type='CenterCrop', crop_size=32), *pack],
        test_mode=True, **dict(data, ann_file='videos/test.txt')))
test_cfg = dict(type='TestLoop')
test_evaluator = [
    dict(type='VideoRetrievalMetric', topk=(1, 3), out_file='found.json'),
    dict(type='FrozenFeatureMetric', topk=(1, 2), knn=2)]
queries = test_dataloader['dataset']
test_dataloader['dataset'] = dict(type='ConcatDataset', datasets=[
    queries, dict(queries, ann_file='videos/train.txt', gallery=True)])
"""
RECOGNIZE = """
_base_ = 'pretrain.py'
model = dict(
    _delete_=True, type='Recognizer3D', backbone=_base_.backbone,
    data_preprocessor=_base_.preprocessor,
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=32, average_clips='prob'))
test_dataloader = dict(dataset=dict(_delete_=True, **_base_.queries))
test_evaluator = dict(type='AccMetric')
"""


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp('distributed')
    for number in range(TRAIN):
        write_video(
            folder / 'videos' / f'{number}.mp4', num_frames=20 + number, seed=number
        )
    for part, count in dict(train=TRAIN, test=TEST).items():
        lines = [f'{number}.mp4 {number % 2}\n' for number in range(count)]
        (folder / 'videos' / f'{part}.txt').write_text(''.join(lines))
    (folder / 'pretrain.py').write_text(CONFIG)
    (folder / 'recognize.py').write_text(RECOGNIZE)
    return folder


def run(folder, *words):
    """Run a tool of the folder; return what it printed."""
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    env = {**os.environ, 'PATH': path, 'PORT': port, 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, timeout=400
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def train(folder, processes, *options):
    """Pretrain; return the last checkpoint."""
    work_dir = folder / f'{processes}_processes'
    rest = ['--work-dir', str(work_dir), '--cfg-options', *options]
    if processes == 1:
        run(folder, sys.executable, str(TOOLS / 'train.py'), 'pretrain.py', *rest)
    else:
        script = str(TOOLS / 'dist_train.sh')
        run(folder, 'bash', script, 'pretrain.py', str(processes), *rest)
    return work_dir / 'epoch_1.pth'


@pytest.fixture(scope='module')
def checkpoints(folder):
    """Of one process with batches of 4, and of two with batches of 2."""
    alone = train(folder, 1, 'train_dataloader.batch_size=4')
    return alone, train(folder, 2, 'train_dataloader.batch_size=2')


def test_two_processes_take_the_steps_of_one(checkpoints):
    # The same clips are drawn, since a draw depends on nothing but the sample.
    alone, together = (torch.load(file)['state_dict'] for file in checkpoints)
    assert alone.keys() == together.keys()
    for name, weight in alone.items():
        torch.testing.assert_close(together[name], weight, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    'config', ['pretrain', pytest.param('recognize', marks=pytest.mark.slow)]
)
def test_two_processes_find_the_figures_of_one(folder, checkpoints, config):
    words = [f'{config}.py', str(checkpoints[0])]
    figures, found = [], []
    for tool, processes in (
        ([sys.executable, str(TOOLS / 'test.py')], []),
        (['bash', str(TOOLS / 'dist_test.sh')], ['2']),
    ):
        text = run(folder, *tool, *words, *processes)
        pattern = r'((?:retrieval|frozen|acc)/\w+): (\d+\.\d+)'
        figures.append(dict(re.findall(pattern, text)))
        if config == 'pretrain':
            found.append(json.loads((folder / 'found.json').read_text()))
            (folder / 'found.json').unlink()
    assert len(figures[0]) >= 3
    assert figures[0] == figures[1]
    if config == 'pretrain':
        check_neighbours(*found)


def check_neighbours(alone, together):
    """Every video is looked up once, among all of the gallery."""
    assert together['gallery'] == TRAIN
    videos = [Path(query['video']).stem for query in together['queries']]
    assert videos == [str(number) for number in range(TEST)]
    for one, other in zip(alone['queries'], together['queries'], strict=True):
        assert one['neighbours'] == other['neighbours']
        assert one['similarities'] == pytest.approx(other['similarities'])


@pytest.mark.slow
def test_synchronized_batch_norm_is_batch_norm_without_a_gpu(folder):
    norm = "model = dict(backbone=dict(norm_cfg=dict(_delete_=True, type='SyncBN')))"
    (folder / 'sync_bn.py').write_text(f"_base_ = 'pretrain.py'\n{norm}\n")
    run(folder, 'bash', str(TOOLS / 'dist_train.sh'), 'sync_bn.py', '2')
    assert (folder / 'work_dirs' / 'sync_bn' / 'epoch_1.pth').is_file()
