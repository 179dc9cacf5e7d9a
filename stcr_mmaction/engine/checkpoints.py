"""Write checkpoints atomically, and find the latest one."""

from __future__ import annotations

import os
import re
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend
from mmengine.logging import print_log

WHOLE_FILES = 'whole_files'
"""Name of the backend, for ``backend_args=dict(backend=...)``."""


class WholeFilesBackend(LocalBackend):
    """:class:`LocalBackend` that writes to a temporary file and renames it.

    If the stock backend is interrupted by a kill or a full disk, it leaves half a file,
    and an earlier file of that name is lost.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write a file atomically.

        Args:
            obj (bytes): Content of the file.
            filepath (str or Path): The file; its folder is created.

        Raises:
            OSError: If it cannot be written; an existing file is kept.
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
    """Find the latest checkpoint of a run, even if its folder was moved.

    mmengine's function of this name returns what the file ``last_checkpoint`` says. That
    is the old folder of a run that was moved, and an empty name if a kill interrupted
    writing it.

    Args:
        path (str): Folder of the run.

    Returns:
        str | None: The file that ``last_checkpoint`` names, preferably in this folder. If
        it does not exist, the newest ``epoch_*.pth`` or ``iter_*.pth``; of equally new
        ones that with the highest number. None if there is no checkpoint.
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
