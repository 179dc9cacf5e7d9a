"""One training at a time in a folder."""

from __future__ import annotations

import logging
import os
import socket
from io import TextIOWrapper
from pathlib import Path

from mmaction.registry import HOOKS
from mmengine.dist import broadcast_object_list, is_main_process
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.runner import Runner

try:
    import fcntl
except ImportError:  # Windows has none
    fcntl = None

LOCK = '.training.lock'


def find_other_training(folder: Path) -> str | None:
    """Say who trains in a folder; for a look before a runner is built.

    A runner writes its config into the folder before any hook has its turn.

    Args:
        folder (Path): The work directory. It is not taken, nothing is written there.

    Returns:
        str | None: What is wrong and what to do, if another process trains there.
    """
    if fcntl is None or not os.access(folder / LOCK, os.R_OK | os.W_OK):
        return None
    with (folder / LOCK).open('a+') as file:
        try:
            return _lock(file, folder)
        except OSError:  # no locks: the hook says so
            return None


def _lock(file: TextIOWrapper, folder: Path) -> str | None:
    """Lock a file until it is closed, or say who has locked it."""
    try:
        # Of the process alone: workers, which outlive a killed run by some seconds,
        # do not inherit it, as they would that of flock.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # which of them depends on the system
        file.seek(0)
        return (
            f'another training ({file.read().strip() or "of unknown host"}) is '
            f"running in {folder}: two would remove each other's checkpoints. Give "
            'this one another folder by --work-dir, or wait for the other to end'
        )
    return None


@HOOKS.register_module()
class WorkDirLockHook(Hook):
    """Refuse to train in a work directory in which another training is running.

    Two trainings in one folder would remove each other's checkpoints. The first process
    of a run holds a lock of the operating system on ``.training.lock`` there, which ends
    with the training or with the process, however that ends: a file that a killed run
    leaves behind is in nobody's way. Where the file system has no such locks, a warning
    says so and the run goes on; on Windows nothing is done.

    Raises:
        RuntimeError: Before training, in all processes, if the folder is taken. Names
            the folder, and host and process of the other training.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._file: TextIOWrapper | None = None

    def before_train(self, runner: Runner) -> None:
        """Take the folder."""
        problem = [None]
        if is_main_process() and fcntl is not None:
            problem = [self._try_to_take(Path(runner.work_dir))]
        broadcast_object_list(problem)
        if problem[0]:
            raise RuntimeError(problem[0])

    def after_train(self, runner: Runner) -> None:
        """Give the folder back."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _try_to_take(self, folder: Path) -> str | None:
        """Lock the folder, or return what is wrong: the other processes wait for it."""
        try:
            return self._take(folder)
        except OSError as error:
            return f'{folder / LOCK} cannot be written: {error}'

    def _take(self, folder: Path) -> str | None:
        """Lock the folder; return what is wrong if it is taken."""
        # Not opened for writing anew, which would empty the other training's file.
        file = (folder / LOCK).open('a+')
        try:
            problem = _lock(file, folder)
        except OSError as error:
            print_log(
                f'{folder} is not locked against a second training: its file system has '
                f'no locks ({error})',
                logger='current',
                level=logging.WARNING,
            )
            return None
        if problem:
            return problem
        file.truncate(0)
        file.write(f'host {socket.gethostname()}, process {os.getpid()}\n')
        file.flush()
        self._file = file
        return None
