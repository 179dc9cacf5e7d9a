"""A temporary folder that all processes share."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from mmengine.dist import barrier, broadcast_object_list, is_main_process


@contextmanager
def temporary_folder(work_dir: Path) -> Iterator[Path]:
    """Create a folder near a work directory, and always remove it.

    It is on the same disk, which all machines of a run share. It is also removed after an
    interruption, or when a launcher ends the processes because one has failed.

    Args:
        work_dir (Path): Absolute work directory of the real run; nothing is created in
            it.

    Yields:
        Path: The same folder in all processes.

    Raises:
        PermissionError: If the real run could not write its work directory.
    """
    check_writable(work_dir)
    stock = signal.signal(signal.SIGTERM, _end)
    made = [_make_folder(work_dir) if is_main_process() else None]
    broadcast_object_list(made)
    try:
        yield Path(made[0])
        barrier()  # no process is still writing
    finally:
        shutil.rmtree(made[0], ignore_errors=True)
        signal.signal(signal.SIGTERM, stock)


def nearest_folder(work_dir: Path) -> Path:
    """Return the work directory, or its nearest existing parent."""
    return next(place for place in (work_dir, *work_dir.parents) if place.exists())


def check_writable(work_dir: Path) -> None:
    """Raise a PermissionError if a run could not create and fill its work directory."""
    nearest = nearest_folder(work_dir)
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        raise PermissionError(
            f'the work directory {str(work_dir)!r} cannot be written: {str(nearest)!r} '
            'is not a folder that you may write to; choose another by --work-dir'
        )


def _make_folder(work_dir: Path) -> str:
    nearest = nearest_folder(work_dir)
    beside = nearest.parent if nearest == work_dir else nearest
    try:
        return tempfile.mkdtemp(prefix='.rehearsal-', dir=beside)
    except OSError:  # only the work directory itself is writable
        return tempfile.mkdtemp(prefix='rehearsal-')


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
