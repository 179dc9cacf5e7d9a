"""How checkpoints are written, whole or not at all, and found again."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend
from mmengine.logging import print_log

WHOLE_FILES = 'whole_files'
"""The name of the backend, for ``backend_args=dict(backend=...)``."""


class WholeFilesBackend(LocalBackend):
    """:class:`LocalBackend` that writes beside a file and renames.

    A kill or a full disk while the stock one writes leaves half a file under its name; if
    that name was there before, the good file is lost.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file that another process sees whole, or not at all.

        Args:
            obj (bytes): All of it.
            filepath (str or Path): The file; its folder is made.

        Raises:
            OSError: If it cannot be written; what was there is still there.
        """
        path = Path(filepath)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f'.{path.name}.part')
        try:
            with part.open('wb') as file:
                file.write(obj)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


register_backend(WHOLE_FILES, WholeFilesBackend, force=True)


def find_latest_checkpoint(path: str) -> str | None:
    """Find the last checkpoint of a run in the folder where the run is now.

    mmengine's function of that name returns what the note ``last_checkpoint`` says: the
    old folder of a run that was copied or moved, and an empty name if a kill has cut the
    note off.

    Args:
        path (str): Folder of the run.

    Returns:
        str | None: The file that ``last_checkpoint`` names, in this folder if it is
        there; if there is none, the ``epoch_*.pth`` or ``iter_*.pth`` that was written
        last, or of one time has the highest number; None without any.
    """
    folder = Path(path)
    note = folder / 'last_checkpoint'
    named = note.read_text().strip() if note.is_file() else ''
    for file in (folder / Path(named).name, Path(named)):
        if named and file.exists():
            return str(file)
    files = [f for f in folder.glob('*.pth') if re.fullmatch(r'(epoch|iter)_\d+', f.stem)]
    newest = max(files, key=_written, default=None)
    print_log(
        f'{note} does not name a checkpoint that is there; found {newest or "no other"}',
        logger='current',
    )
    return newest and str(newest)


def _written(file: Path) -> tuple[float, int]:
    return file.stat().st_mtime, int(file.stem.split('_')[1])
