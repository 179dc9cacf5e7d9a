"""Checkpoints that a kill or a full disk cannot take away."""

import errno
import logging
import os
from pathlib import Path

import pytest
import torch
from mmengine.fileio import LocalBackend
from mmengine.hooks import CheckpointHook
from mmengine.logging import MessageHub
from mmengine.runner.checkpoint import find_latest_checkpoint, save_checkpoint


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
        LocalBackend().put(content, str(file))
        assert file.read_bytes() == content
    assert list(file.parent.iterdir()) == [file]


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path, full_disk):
    file = tmp_path / 'epoch_1.pth'
    save_checkpoint(dict(weight=torch.ones(9)), str(file))
    full_disk()
    with pytest.raises(FullDisk):
        save_checkpoint(dict(weight=torch.zeros(9)), str(file))
    assert torch.equal(torch.load(file)['weight'], torch.ones(9))
    assert list(tmp_path.iterdir()) == [file], 'half a file is left'


class Runner:
    """What the hook wants of a runner."""

    def __init__(self, folder):
        self.work_dir, self.epoch, self.iter = str(folder), 0, 0
        self.message_hub = MessageHub.get_instance(f'{folder.name}-{id(self)}')
        self.logger = logging.getLogger()
        self.fails = False

    def save_checkpoint(self, out_dir, filename, *args, **kwargs):
        if self.fails:
            raise FullDisk
        save_checkpoint(dict(epoch=self.epoch), f'{out_dir}/{filename}')


@pytest.fixture
def hook():
    return CheckpointHook(interval=1, max_keep_ckpts=1, save_best='score', rule='greater')


@pytest.fixture
def runner(hook, tmp_path):
    runner = Runner(tmp_path)
    hook.before_train(runner)
    return runner


def checkpoints(folder):
    return sorted(path.name for path in folder.glob('*.pth'))


def test_the_last_checkpoint_stays_until_the_next_is_there(hook, runner, tmp_path):
    hook.after_train_epoch(runner)
    assert checkpoints(tmp_path) == ['epoch_1.pth']
    runner.epoch, runner.fails = 1, True
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
    assert type(hook.file_backend) is LocalBackend


def test_the_best_checkpoint_stays_until_the_next_is_there(hook, runner, tmp_path):
    hook.after_train_epoch(runner)
    runner.epoch = 1
    hook.after_val_epoch(runner, dict(score=0.3))
    assert 'best_score_epoch_1.pth' in checkpoints(tmp_path)
    runner.epoch, runner.fails = 2, True
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
