"""A pretraining on small copies of the videos, and one that is stopped on the way."""

import csv
import errno
import os
import shutil
from importlib import import_module
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from stcr_mmaction.apis import evaluate, finetune, pretrain
from stcr_mmaction.apis.own_videos import prepared, pretraining_videos
from stcr_mmaction.apis.own_videos.run_folder import open_run
from stcr_mmaction.videos import copy_small, probe_video
from tests.conftest import write_video
from tests.numbered_videos import write_numbered

from .conftest import COMMANDS
from .conftest import TINY as WITHOUT_COPIES

TINY = dict(WITHOUT_COPIES, prepare=True)
MODULE = import_module(f'{COMMANDS}.pretrain')  # not its function


pytestmark = pytest.mark.usefixtures('in_one_process_without_reports')


@pytest.fixture(scope='module', autouse=True)
def _two_processes_copy():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prepared, 'cpu_count', lambda: 2)
        yield


@pytest.fixture(scope='module')
def videos(tmp_path_factory):
    """Eight videos of two classes, and one whose second half is lost."""
    folder = tmp_path_factory.mktemp('own') / 'videos'
    for number in range(8):
        name, seed = ('blocks', number) if number % 2 else ('plain', None)
        file = folder / name / f'{number}.mp4'
        write_video(file, 34 + number, height=96, width=128, seed=seed)
    damaged = write_numbered(folder / 'plain' / 'mjpeg.avi', 40)
    damaged.write_bytes(damaged.read_bytes()[: damaged.stat().st_size // 2])
    return folder


@pytest.fixture(scope='module')
def run(videos):
    """A run on copies, fine-tuned, which is moved then."""
    run = pretrain(videos, videos.parent / 'run', labels=videos, **TINY)
    finetune(run.folder, epochs=1)
    return open_run(run.folder.rename(videos.parent / 'moved'))


def paths_in(file):
    """Return the videos of a list with labels."""
    return {line.rpartition(' ')[0] for line in file.read_text().splitlines()}


def test_every_video_has_a_small_copy_of_as_many_frames(run, videos):
    names = (run.folder / 'videos.txt').read_text().splitlines()
    copies = [p.relative_to(run.copies) for p in run.copies.rglob('*') if p.is_file()]
    assert sorted(names) == sorted(map(str, copies)) and len(names) == 8
    for name in names:
        copy = probe_video(str(run.copies / name))
        original = probe_video(str(videos / name.removesuffix('.mp4')))
        assert copy.num_packets == original.num_packets and not copy.flaw
        assert (copy.width, copy.height) == (86, 64)


def test_what_cannot_be_decoded_to_its_end_is_left_out(run):
    with (run.folder / 'left_out.csv').open() as file:
        (row,) = csv.DictReader(file)
    assert row['path'] == 'plain/mjpeg.avi'
    assert row['reason'].startswith('cannot be decoded: Invalid data')
    assert run.facts['videos'] == 8 and run.facts['left_out'] == 1


def test_copies_are_trained_on_wherever_the_run_is(run):
    configs = [Config.fromfile(run.folder / f) for f in ('config.py', 'finetune.py')]
    for config in configs:
        assert config.train_dataloader.dataset.data_prefix.video == str(run.copies)
    labeled = paths_in(run.folder / 'labeled.txt')
    divided = paths_in(run.folder / 'finetune' / 'train.txt')
    divided |= paths_in(run.folder / 'finetune' / 'val.txt')
    assert labeled == divided == set((run.folder / 'videos.txt').read_text().splitlines())


def test_figures_are_those_of_the_ordinary_test_and_name_the_originals(run, videos):
    found = evaluate(run.folder)
    assert all(Path(path).is_relative_to(videos) for path in found.paths)
    config, checkpoint = run.classifier()
    config = Config.fromfile(config)
    config.load_from = str(checkpoint)
    config.work_dir = str(run.folder / 'test')
    metrics = Runner.from_cfg(config).test()
    assert found.accuracy('fine-tuned')[0] == pytest.approx(metrics['acc/top1'])


def copy_until(error, target, source, **size):
    """Copy videos but the one named 4, at which something happens."""
    if source.stem == '4':
        raise error
    copy_small(target, source, **size)


def copy_until_interrupted(target, source, **size):
    """Stop as by Ctrl-C."""
    copy_until(KeyboardInterrupt(), target, source, **size)


def copy_until_full(target, source, **size):
    """Stop as by a full disk."""
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))
    copy_until(error, target, source, **size)


@pytest.mark.parametrize(
    ('copy', 'error', 'message'),
    [
        (copy_until_interrupted, KeyboardInterrupt, ''),
        (copy_until_full, OSError, r'written to .*prepared: No space left on device'),
    ],
)
def test_copying_that_is_stopped_goes_on(
    videos, tmp_path, monkeypatch, copy, error, message
):
    out = tmp_path / 'run'
    monkeypatch.setattr(prepared, 'copy_small', copy)
    with pytest.raises(error, match=message):
        pretrain(videos, out, **TINY)
    before = {p: p.stat().st_mtime_ns for p in (out / 'prepared').rglob('*.mp4')}
    assert before and all(probe_video(str(path)) for path in before)
    monkeypatch.setattr(prepared, 'copy_small', copy_small)
    with pytest.raises(ValueError, match='was begun with seed=0, now 1'):
        pretrain(videos, out, seed=1, **TINY)
    monkeypatch.setattr(MODULE, 'train', lambda *_: None)
    assert pretrain(videos, out, **TINY).facts['videos'] == 8
    assert {p: p.stat().st_mtime_ns for p in before} == before
    assert not (out / 'begun.json').exists()


def test_looking_that_is_stopped_leaves_nothing(videos, tmp_path, monkeypatch):
    def stop(root, paths):
        raise KeyboardInterrupt

    monkeypatch.setattr(pretraining_videos, 'check_videos', stop)
    with pytest.raises(KeyboardInterrupt):
        pretrain(videos, tmp_path / 'run', **TINY)
    assert not (tmp_path / 'run').exists()


def test_without_copies_what_is_begun_goes_on_too(videos, tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    asked = dict(TINY, prepare=False)
    videos = videos / 'blocks'
    with monkeypatch.context() as patch:
        patch.setattr(MODULE, 'write_config', stop)
        with pytest.raises(KeyboardInterrupt):
            pretrain(videos, tmp_path / 'run', **asked)
    monkeypatch.setattr(MODULE, 'train', lambda *_: None)
    assert pretrain(videos, tmp_path / 'run', **asked).facts['videos'] == 4


def test_where_nothing_can_be_written_is_told_before_the_videos_are_looked_at(
    videos, tmp_path, monkeypatch
):
    def look(root):
        raise AssertionError('was looked at')

    monkeypatch.setattr(MODULE, 'find_usable_videos', look)
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError, match='file is no folder: choose another --out'):
        pretrain(videos, tmp_path / 'file' / 'run', **TINY)
    with pytest.raises(ValueError, match='is in the folder of the videos'):
        pretrain(videos, videos / 'run', **TINY)
    monkeypatch.setattr(os, 'access', lambda *_: False)  # root may write anywhere
    with pytest.raises(PermissionError, match='cannot be written to: choose another'):
        pretrain(videos, tmp_path / 'run', **TINY)


def test_one_video_alone_is_no_pretraining(videos, tmp_path):
    (tmp_path / 'one').mkdir()
    shutil.copy(videos / 'plain' / '0.mp4', tmp_path / 'one')
    with pytest.raises(ValueError, match='needs 2 or more videos, there are 1'):
        pretrain(tmp_path / 'one', tmp_path / 'run', **TINY)
    assert not (tmp_path / 'run').exists()
