"""Two trainings in one folder."""

import errno
import os
import signal
import socket
import subprocess
import sys

import pytest

from stcr_mmaction.engine import WorkDirLockHook
from stcr_mmaction.engine.hooks import work_dir_lock
from stcr_mmaction.engine.hooks.work_dir_lock import find_other_training

from ..small_runs import make_runner

fcntl = pytest.importorskip('fcntl')
HOLD = """
import fcntl, os, pathlib, sys, time
file = open(sys.argv[1], 'a+')
fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
file.write(f'host elsewhere, process {os.getpid()}')
file.flush()
print('held', flush=True)
time.sleep(600)
"""


class Runner:
    def __init__(self, folder):
        self.work_dir = str(folder)


@pytest.fixture
def other(tmp_path):
    """A process that trains in the folder."""
    command = [sys.executable, '-c', HOLD, str(tmp_path / '.training.lock')]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b'held\n'
        yield process
        process.kill()


def test_the_second_is_refused_and_told_who_the_first_is(other, tmp_path):
    words = f'host elsewhere, process {other.pid}.*running in {tmp_path}.*--work-dir'
    runner = make_runner(tmp_path, [dict(type='WorkDirLockHook')])
    with pytest.raises(RuntimeError, match=words):
        runner.train()
    assert not list(tmp_path.glob('*.pth'))


def test_what_a_killed_training_leaves_is_in_nobodys_way(other, tmp_path):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert 'elsewhere' in (tmp_path / '.training.lock').read_text()
    make_runner(tmp_path, [dict(type='WorkDirLockHook')], epochs=1).train()
    assert (tmp_path / 'epoch_1.pth').exists()


def try_to_hold(folder):
    """Return what is noted there, and whether another process can train there."""
    # This process would lose the lock if it opened the file itself.
    reading = 'print(open(sys.argv[1]).read(), flush=True)\nfile = open'
    script = HOLD.replace('file = open', reading, 1).replace('600', '0')
    command = [sys.executable, '-c', script, f'{folder}/.training.lock']
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.split('\n')[0], done.returncode == 0


def test_the_folder_is_held_until_the_training_ends(tmp_path):
    hook = WorkDirLockHook()
    hook.before_train(Runner(tmp_path))
    noted = f'host {socket.gethostname()}, process {os.getpid()}'
    assert try_to_hold(tmp_path) == (noted, False)
    hook.after_train(Runner(tmp_path))
    assert try_to_hold(tmp_path) == (noted, True)


def test_a_look_takes_nothing_and_writes_nothing(tmp_path):
    assert find_other_training(tmp_path) is None
    assert not list(tmp_path.iterdir())
    (tmp_path / '.training.lock').write_text('of a killed run')
    assert find_other_training(tmp_path) is None
    assert try_to_hold(tmp_path) == ('of a killed run', True)


def test_a_look_tells_who_trains(other, tmp_path):
    assert f'host elsewhere, process {other.pid}' in find_other_training(tmp_path)


def test_two_folders_are_two_locks(tmp_path):
    for name in 'ab':
        (tmp_path / name).mkdir()
    hook = WorkDirLockHook()
    hook.before_train(Runner(tmp_path / 'a'))
    (tmp_path / 'b' / '.training.lock').touch()
    assert try_to_hold(tmp_path / 'b')[1]
    hook.after_train(Runner(tmp_path / 'a'))


def test_without_locks_the_run_goes_on_and_says_so(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.ENOLCK, 'No locks available')

    said = []
    monkeypatch.setattr(fcntl, 'lockf', refuse)
    monkeypatch.setattr(work_dir_lock, 'print_log', lambda text, **_: said.append(text))
    WorkDirLockHook().before_train(Runner(tmp_path))
    assert 'No locks available' in said[0]
    assert find_other_training(tmp_path) is None


def test_without_fcntl_nothing_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(work_dir_lock, 'fcntl', None)
    hook = WorkDirLockHook()
    hook.before_train(Runner(tmp_path))
    hook.after_train(Runner(tmp_path))
    assert not list(tmp_path.iterdir())


def test_all_processes_of_the_second_stop(other, tmp_path, monkeypatch):
    sent = []
    monkeypatch.setattr(work_dir_lock, 'broadcast_object_list', sent.append)
    with pytest.raises(RuntimeError) as first:
        WorkDirLockHook().before_train(Runner(tmp_path))
    monkeypatch.setattr(work_dir_lock, 'is_main_process', lambda: False)
    monkeypatch.setattr(
        work_dir_lock, 'broadcast_object_list', lambda got: got.__setitem__(0, *sent[0])
    )
    with pytest.raises(RuntimeError) as second:
        WorkDirLockHook().before_train(Runner(tmp_path))
    assert str(first.value) == str(second.value)


def test_only_the_first_process_takes_the_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(work_dir_lock, 'is_main_process', lambda: False)
    WorkDirLockHook().before_train(Runner(tmp_path))
    assert not list(tmp_path.iterdir())
