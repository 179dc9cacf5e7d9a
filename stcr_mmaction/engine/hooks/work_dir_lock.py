"""Allow only one training in a work directory at a time."""

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
    """Return a message if another process trains in a folder.

    Call it before building a runner, which writes its config before any hook runs.

    Args:
        folder (Path): The work directory. It is not locked, and nothing is written.

    Returns:
        str | None: The problem and what to do, if another process trains there.
    """
    if fcntl is None or not os.access(folder / LOCK, os.R_OK | os.W_OK):
        return None
    with (folder / LOCK).open('a+') as file:
        try:
            return _lock(file, folder)
        except OSError:  # no locks: the hook warns
            return None


def _lock(file: TextIOWrapper, folder: Path) -> str | None:
    """Lock a file until it is closed, or return a message about its owner."""
    try:
        # Workers outlive a killed run by some seconds. Unlike a lock of flock, they do
        # not inherit this one.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # depends on the system
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
    of a run locks the file ``.training.lock`` there. The operating system releases the
    lock when the process ends, so the file of a killed run does no harm. If the file
    system has no locks, there is a warning and the run continues. On Windows the hook
    does nothing.

    Raises:
        RuntimeError: Before training, in all processes, if the folder is locked. Names
            the folder, and the host and process of the other training.
    """

    priority = 'VERY_HIGH'

    def __init__(self) -> None:
        self._file: TextIOWrapper | None = None

    def before_train(self, runner: Runner) -> None:
        """Lock the folder."""
        problem = [None]
        if is_main_process() and fcntl is not None:
            problem = [self._try_lock(Path(runner.work_dir))]
        broadcast_object_list(problem)
        if problem[0]:
            raise RuntimeError(problem[0])

    def after_train(self, runner: Runner) -> None:
        """Release the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _try_lock(self, folder: Path) -> str | None:
        """Lock the folder, or return the problem, for all processes."""
        try:
            return self._take_lock(folder)
        except OSError as error:
            return f'{folder / LOCK} cannot be written: {error}'

    def _take_lock(self, folder: Path) -> str | None:
        """Lock the folder; return a message if another training has locked it."""
        # Mode 'w' would empty the file of the other training.
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
