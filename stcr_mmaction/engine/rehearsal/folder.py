"""A folder that all processes share, and that is gone afterwards."""

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
    """Make a folder near a work directory, and remove it whatever happens.

    It is on the same disk, which all machines of a run share. An interruption, and a
    launcher that ends the other processes of one that has failed, remove it too.

    Args:
        work_dir (Path): That of the real run, absolute; nothing is made in it.

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
        barrier()  # nobody writes any more
    finally:
        shutil.rmtree(made[0], ignore_errors=True)
        signal.signal(signal.SIGTERM, stock)


def nearest_folder(work_dir: Path) -> Path:
    """Return the work directory, or what there is of the way to it."""
    return next(place for place in (work_dir, *work_dir.parents) if place.exists())


def check_writable(work_dir: Path) -> None:
    """Raise a PermissionError if a run could not make and fill its work directory."""
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
    except OSError:  # one may write to the work directory, and not beside it
        return tempfile.mkdtemp(prefix='rehearsal-')


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)
