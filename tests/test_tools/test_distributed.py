"""Two processes on the CPU, started as users start them."""

import json
import os
import re
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
import torch
from torch import multiprocessing

from stcr_mmaction.compat.processes import leave_process_group

from ..conftest import call_script, write_video

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
test_evaluator = [dict(type='AccMetric')]
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


def find_port():
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return str(free.getsockname()[1])


def run(folder, *words):
    """Run a tool of the folder, in processes of its own; return what it printed."""
    port = find_port()
    path = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    env = {**os.environ, 'PATH': path, 'PORT': port, 'OMP_NUM_THREADS': '1'}
    done = subprocess.run(
        words, cwd=folder, env=env, capture_output=True, text=True, timeout=400
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def run_alone(folder, tool, *words):
    """Run a tool of the folder in this process; return what it printed."""
    name = '--cfg-options', f'experiment_name={uuid4().hex}'
    done = call_script(TOOLS / tool, *words, *name, folder=folder)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_as_one_of_two(rank, folder, port, words):
    """Run the tool for tests in this process, which is forked."""
    os.environ |= dict(MASTER_ADDR='127.0.0.1', MASTER_PORT=port, WORLD_SIZE='2')
    os.environ |= dict(RANK=str(rank), LOCAL_RANK=str(rank))
    torch.set_num_threads(1)
    printed = run_alone(folder, 'test.py', *words, '--launcher', 'pytorch')
    (folder / f'printed_{rank}.txt').write_text(printed)
    leave_process_group()


test_as_one_of_two.__test__ = False


def run_two(folder, *words):
    """Test in two processes, which have imported all; return what the first printed."""
    given = folder, find_port(), words
    multiprocessing.start_processes(test_as_one_of_two, given, 2, start_method='fork')
    return (folder / 'printed_0.txt').read_text()


@pytest.fixture(scope='module')
def checkpoints(folder):
    """Of one process with batches of 4, and of two with batches of 2."""
    alone, together = (folder / f'{count}_processes' for count in (1, 2))
    run_alone(folder, 'train.py', 'pretrain.py', '--work-dir', alone)
    words = ['--work-dir', together, '--cfg-options', 'train_dataloader.batch_size=2']
    script = TOOLS / 'dist_train.sh'
    run(folder, 'bash', *map(str, (script, 'pretrain.py', 2, *words)))
    return alone / 'epoch_1.pth', together / 'epoch_1.pth'


def test_two_processes_take_the_steps_of_one(checkpoints):
    # The same clips are drawn, since a draw depends on nothing but the sample.
    alone, together = (torch.load(file)['state_dict'] for file in checkpoints)
    assert alone.keys() == together.keys()
    for name, weight in alone.items():
        torch.testing.assert_close(together[name], weight, rtol=1e-4, atol=1e-5)


def read_figures(printed):
    """Return the figures of a test."""
    found = dict(re.findall(r'((?:retrieval|frozen|acc)/\w+): (\d+\.\d+)', printed))
    assert len(found) >= 3
    return found


def test_two_processes_find_the_figures_of_one(folder, checkpoints):
    figures, found = [], []
    for run_test in (partial(run_alone, folder, 'test.py'), partial(run_two, folder)):
        figures.append(read_figures(run_test('pretrain.py', str(checkpoints[0]))))
        found.append(json.loads((folder / 'found.json').read_text()))
        (folder / 'found.json').unlink()
    assert figures[0] == figures[1]
    check_neighbors(*found)


@pytest.mark.slow
def test_the_script_finds_the_accuracy_of_one_process(folder, checkpoints):
    words = ['recognize.py', str(checkpoints[0])]
    alone = read_figures(run_alone(folder, 'test.py', *words))
    script = str(TOOLS / 'dist_test.sh')
    assert read_figures(run(folder, 'bash', script, *words, '2')) == alone


def check_neighbors(alone, together):
    """Every video is looked up once, among all of the gallery."""
    assert together['gallery'] == TRAIN
    videos = [Path(query['video']).stem for query in together['queries']]
    assert videos == [str(number) for number in range(TEST)]
    for one, other in zip(alone['queries'], together['queries'], strict=True):
        assert one['neighbors'] == other['neighbors']
        assert one['similarities'] == pytest.approx(other['similarities'])


@pytest.mark.slow
def test_synchronized_batch_norm_is_batch_norm_without_a_gpu(folder):
    norm = "model = dict(backbone=dict(norm_cfg=dict(_delete_=True, type='SyncBN')))"
    (folder / 'sync_bn.py').write_text(f"_base_ = 'pretrain.py'\n{norm}\n")
    run(folder, 'bash', str(TOOLS / 'dist_train.sh'), 'sync_bn.py', '2')
    assert (folder / 'work_dirs' / 'sync_bn' / 'epoch_1.pth').is_file()
