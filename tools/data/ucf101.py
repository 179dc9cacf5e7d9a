"""Prepare UCF101: make MMAction2's lists from the official videos and split files.

    python tools/data/ucf101.py --videos UCF-101 --splits ucfTrainTestlist

``UCF-101`` is the folder in the archive of videos, ``ucfTrainTestlist`` that in the
archive of splits for action recognition. See ``official_splits.py`` for what is written.
"""

from __future__ import annotations

from pathlib import Path

from official_splits import OfficialSplits, read_lines, run_tool

KNOWN_COUNTS = {
    1: dict(train=9537, val=3783),
    2: dict(train=9586, val=3734),
    3: dict(train=9624, val=3696),
}


def read_splits(folder: Path) -> OfficialSplits:
    """Read the official split files.

    Args:
        folder (Path): Folder with ``classInd.txt`` (lines ``1 ApplyEyeMakeup``) and for
            each split ``trainlist01.txt`` (lines ``class/file.avi 1``) and
            ``testlist01.txt`` (lines ``class/file.avi``).

    Returns:
        OfficialSplits: All three splits.

    Raises:
        ValueError: If a file is missing or a line malformed. The message names them.
    """
    classes = _read_classes(folder / 'classInd.txt')
    files = dict(train='trainlist{:02}.txt', val='testlist{:02}.txt')
    splits = {
        split: {
            part: _read_videos(folder / name.format(split), classes)
            for part, name in files.items()
        }
        for split in KNOWN_COUNTS
    }
    return OfficialSplits('ucf101', classes, splits, KNOWN_COUNTS)


def _read_classes(path: Path) -> list[str]:
    classes = []
    for line in read_lines(path):
        number, _, name = line.partition(' ')
        if number != str(len(classes) + 1) or not name:
            raise ValueError(
                f'{path}: expected "{len(classes) + 1} ClassName", got {line!r}'
            )
        classes.append(name)
    return classes


def _read_videos(path: Path, classes: list[str]) -> list[str]:
    videos = []
    for line in read_lines(path):
        video, suffix, label = line.partition('.avi')
        name = video.split('/')[0]
        right = f' {classes.index(name) + 1}' if name in classes else None
        if not suffix or right is None or label not in ('', right):
            raise ValueError(
                f'{path}: expected "class/file.avi" with a class of classInd.txt and in '
                f'train lists its number, got {line!r}'
            )
        videos.append(video + suffix)
    return videos


if __name__ == '__main__':
    run_tool('ucf101', __doc__.splitlines()[0], read_splits)
