"""Checkpoints that a kill or a full disk cannot take away."""

import errno
import logging
import os
from functools import partial
from pathlib import Path

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.evaluator import BaseMetric
from mmengine.logging import MessageHub
from mmengine.runner.checkpoint import save_checkpoint

from stcr_mmaction.engine import WholeCheckpointHook
from stcr_mmaction.engine.checkpoints import (
    WHOLE_FILES,
    WholeFilesBackend,
    find_latest_checkpoint,
)

from ..small_runs import Views, make_runner

save_whole = partial(save_checkpoint, backend_args=dict(backend=WHOLE_FILES))


class FullDisk(OSError):
    def __init__(self):
        super().__init__(errno.ENOSPC, 'No space left on device')


@pytest.fixture
def full_disk(monkeypatch):
    """From the call on, half of what is written arrives."""

    def fill():
        stock = Path.open

        def open_full(self, mode='r', *args, **kwargs):
            file = stock(self, mode, *args, **kwargs)
            if 'w' in mode:
                file = Failing(file)
            return file

        monkeypatch.setattr(Path, 'open', open_full)

    class Failing:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

        def write(self, content):
            self.file.write(content[: len(content) // 2])
            self.file.flush()
            raise FullDisk

    return fill


def test_a_file_is_replaced_as_a_whole(tmp_path):
    file = tmp_path / 'new' / 'file.pth'
    for content in (b'one', b'another'):
        WholeFilesBackend().put(content, str(file))
        assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path, full_disk):
    file = tmp_path / 'epoch_1.pth'
    save_whole(dict(weight=torch.ones(9)), str(file))
    full_disk()
    with pytest.raises(FullDisk):
        save_whole(dict(weight=torch.zeros(9)), str(file))
    assert torch.equal(torch.load(file)['weight'], torch.ones(9))
    assert list(tmp_path.iterdir()) == [file], 'half a file is left'


class Runner:
    """What the hook wants of a runner."""

    def __init__(self, folder):
        self.work_dir, self.epoch, self.iter = str(folder), 0, 0
        self.message_hub = MessageHub.get_instance(f'{folder.name}-{id(self)}')
        self.logger = logging.getLogger()

    def save_checkpoint(self, out_dir, filename, *args, backend_args=None, **kwargs):
        content = dict(epoch=self.epoch)
        save_checkpoint(content, f'{out_dir}/{filename}', backend_args=backend_args)


@pytest.fixture
def hook():
    options = dict(max_keep_ckpts=1, save_best='score', rule='greater')
    return WholeCheckpointHook(interval=1, **options)


@pytest.fixture
def runner(hook, tmp_path):
    runner = Runner(tmp_path)
    hook.before_train(runner)
    return runner


def checkpoints(folder):
    return sorted(path.name for path in folder.glob('*.pth'))


def test_the_last_checkpoint_stays_until_the_next_is_there(
    hook, runner, tmp_path, full_disk
):
    hook.after_train_epoch(runner)
    assert checkpoints(tmp_path) == ['epoch_1.pth']
    runner.epoch = 1
    full_disk()
    with pytest.raises(FullDisk):
        hook.after_train_epoch(runner)
    assert checkpoints(tmp_path) == ['epoch_1.pth']
    assert find_latest_checkpoint(str(tmp_path)) == str(tmp_path / 'epoch_1.pth')


def test_old_checkpoints_still_go(hook, runner, tmp_path):
    for epoch, score in enumerate([0.3, 0.5, 0.4]):
        runner.epoch = epoch
        hook.after_train_epoch(runner)
        runner.epoch = epoch + 1
        hook.after_val_epoch(runner, dict(score=score))
    assert checkpoints(tmp_path) == ['best_score_epoch_2.pth', 'epoch_3.pth']
    assert type(hook.file_backend) is WholeFilesBackend


def test_the_best_checkpoint_stays_until_the_next_is_there(
    hook, runner, tmp_path, full_disk
):
    hook.after_train_epoch(runner)
    runner.epoch = 1
    hook.after_val_epoch(runner, dict(score=0.3))
    assert 'best_score_epoch_1.pth' in checkpoints(tmp_path)
    runner.epoch = 2
    full_disk()
    with pytest.raises(FullDisk):
        hook.after_val_epoch(runner, dict(score=0.4))
    assert 'best_score_epoch_1.pth' in checkpoints(tmp_path)


def write_run(folder, names=('epoch_1.pth', 'epoch_2.pth'), note='epoch_2.pth'):
    folder.mkdir()
    for name in names:
        (folder / name).touch()
    if note is not None:
        (folder / 'last_checkpoint').write_text(note and f'{folder}/{note}')
    return folder


@pytest.mark.parametrize('note', ['', None, 'epoch_3.pth', 'epoch_2.pth'])
def test_the_checkpoint_is_found_whatever_the_note_says(tmp_path, note):
    folder = write_run(tmp_path / 'run', note=note)
    assert find_latest_checkpoint(str(folder)) == str(folder / 'epoch_2.pth')


def test_the_newest_checkpoint_is_the_one_that_was_written_last(tmp_path):
    names = ['iter_900.pth', 'epoch_3.pth', 'epoch_10.pth', 'epoch_9.pth']
    folder = write_run(tmp_path / 'run', names, note=None)
    for name, time in zip(names, (1, 3, 2, 2), strict=True):
        os.utime(folder / name, (time, time))
    for newest in ('epoch_3.pth', 'epoch_10.pth', 'epoch_9.pth'):
        assert find_latest_checkpoint(str(folder)) == str(folder / newest)
        (folder / newest).unlink()


def test_a_run_that_was_moved_goes_on_where_it_is(tmp_path):
    folder = write_run(tmp_path / 'run')
    moved = folder.rename(tmp_path / 'moved')
    write_run(folder, note=None)
    assert find_latest_checkpoint(str(moved)) == str(moved / 'epoch_2.pth')


def test_checkpoints_in_another_folder_are_found_where_they_are(tmp_path):
    elsewhere = write_run(tmp_path / 'elsewhere')
    folder = write_run(tmp_path / 'run', names=(), note=None)
    (folder / 'last_checkpoint').write_text(str(elsewhere / 'epoch_1.pth'))
    assert find_latest_checkpoint(str(folder)) == str(elsewhere / 'epoch_1.pth')


def test_a_new_run_has_none(tmp_path):
    write_run(tmp_path / 'run', names=('best_acc_epoch_3.pth',), note=None)
    assert find_latest_checkpoint(str(tmp_path / 'run')) is None


SAVES = dict(type='WholeCheckpointHook', interval=1, max_keep_ckpts=1, save_best='acc')


def make_saving_runner(folder, epochs, **options):
    runner = make_runner(folder, [], epochs=epochs, **options)
    runner._hooks = [h for h in runner.hooks if type(h).__name__ != 'CheckpointHook']
    runner.register_hook(dict(SAVES))
    return runner


def weights_of(folder, epoch):
    return torch.load(folder / f'epoch_{epoch}.pth', weights_only=True)['state_dict']


def test_a_moved_run_goes_on_in_its_folder_to_the_bit(tmp_path):
    make_saving_runner(tmp_path / 'whole', 3).train()
    make_saving_runner(tmp_path / 'before', 2).train()
    (tmp_path / 'before').rename(tmp_path / 'after')
    make_saving_runner(tmp_path / 'after', 3, resume=True).train()
    expected, actual = (weights_of(tmp_path / f, 3) for f in ('whole', 'after'))
    assert all(torch.equal(actual[key], expected[key]) for key in expected)
    assert checkpoints(tmp_path / 'after') == ['epoch_3.pth']
    assert not (tmp_path / 'before').exists()


def test_a_run_with_nothing_to_resume_begins(tmp_path):
    tmp_path.joinpath('last_checkpoint').touch()
    make_saving_runner(tmp_path, 1, resume=True).train()
    assert checkpoints(tmp_path) == ['epoch_1.pth']


class Score(BaseMetric):
    def process(self, *_):
        self.results.append(1)

    def compute_metrics(self, *_):
        return dict(acc=1.0)


def test_a_validation_alone_has_nothing_to_save(tmp_path):
    loader = dict(
        dataset=Views(), batch_size=4, sampler=dict(type='DefaultSampler', shuffle=False)
    )
    options = dict(val_dataloader=loader, val_cfg={}, val_evaluator=[Score()])
    runner = make_saving_runner(tmp_path, 1, model=torch.nn.Module(), **options)
    runner.model.val_step = lambda _: [ActionDataSample()]
    assert runner.val() == dict(acc=1.0)
    assert not checkpoints(tmp_path)
