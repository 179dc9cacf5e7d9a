"""Prepare HMDB51: make MMAction2's lists from the official videos and split files.

    python tools/data/hmdb51.py --videos hmdb51_org --splits testTrainMulti_7030_splits

``hmdb51_org`` holds a folder for each class, unpacked from the archives inside the
archive of videos; ``testTrainMulti_7030_splits`` is the archive of splits. See
``official_splits.py`` for what is written.
"""

from __future__ import annotations

import re
from pathlib import Path

from official_splits import OfficialSplits, read_lines, run_tool

KNOWN_COUNTS = {split: dict(train=3570, val=1530) for split in (1, 2, 3)}
FILE_NAME = re.compile(r'(.+)_test_split(\d)\.txt')
PARTS = {'0': None, '1': 'train', '2': 'val'}
"""Meaning of the number after a video; 0 is in neither part of the split."""


def read_splits(folder: Path) -> OfficialSplits:
    """Read the official split files.

    Args:
        folder (Path): Folder with files such as ``brush_hair_test_split1.txt``, one for
            each class and split, with lines ``file.avi 1``.

    Returns:
        OfficialSplits: All three splits; classes in alphabetical order.

    Raises:
        ValueError: If files are missing or a line is malformed. The message names them.
    """
    names = [FILE_NAME.fullmatch(path.name) for path in sorted(folder.glob('*.txt'))]
    classes = sorted({name[1] for name in names if name})
    if not classes:
        raise ValueError(f'{folder} has no split files such as wave_test_split1.txt')
    splits = {split: dict(train=[], val=[]) for split in KNOWN_COUNTS}
    for split, parts in splits.items():
        for name in classes:
            _read_class(folder / f'{name}_test_split{split}.txt', name, parts)
    return OfficialSplits('hmdb51', classes, splits, KNOWN_COUNTS)


def _read_class(path: Path, name: str, parts: dict[str, list[str]]) -> None:
    for line in read_lines(path):
        video, _, number = line.rpartition(' ')
        if number not in PARTS or not video:
            raise ValueError(f'{path}: expected "file.avi 0, 1 or 2", got {line!r}')
        if PARTS[number]:
            parts[PARTS[number]].append(f'{name}/{video.strip()}')


if __name__ == '__main__':
    run_tool('hmdb51', __doc__.splitlines()[0], read_splits)
