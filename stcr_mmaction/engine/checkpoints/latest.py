"""The checkpoint that a run goes on with."""

from __future__ import annotations

import re
from pathlib import Path

from mmengine.logging import print_log


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
