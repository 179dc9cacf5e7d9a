"""Read labels from class folders or from an MMAction2 list."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...datasets.annotations import parse_line
from ...videos import find_videos

SPLITS = dict(train='train', val='val', valid='val', validation='val', test='test')


class Row(NamedTuple):
    """The label of a video, as read from a file.

    Attributes:
        place (str): Position in the file, such as ``'row 3'``.
        path (str): Path of the video, as written.
        label (str): Name of the class; ``''`` for none.
        group (str): Name of its group; ``''`` for none.
        split (str): ``'train'``, ``'val'``, ``'test'`` or ``''``.
    """

    place: str
    path: str
    label: str
    group: str = ''
    split: str = ''


def locate(path: str, folders: Sequence[Path]) -> Path | None:
    """Return the file of this path in one of the folders, or None.

    Raises:
        ValueError: If two folders have one, and these are different files.
    """
    places = dict.fromkeys(os.path.abspath(folder / path) for folder in folders)
    found = [Path(place) for place in places if os.path.isfile(place)]
    if len(found) > 1 and not found[0].samefile(found[1]):
        raise ValueError(
            f'{path!r} may be {found[0]} or {found[1]}: write absolute paths'
        )
    return found[0] if found else None


def read_class_folders(source: Path) -> tuple[list[Row], dict[str, str]]:
    """Make a row for each video in a folder; the first subfolder is the class.

    Args:
        source (Path): The folder.

    Returns:
        tuple[list[Row], dict[str, str]]: The rows, and the files left out with reasons.

    Raises:
        OSError: If the folder cannot be read.
        ValueError: If no video is in it, or it holds splits in place of classes.
    """
    found = find_videos(source)
    rows = [
        Row(path, path, path.split('/')[0] if '/' in path else '') for path in found.paths
    ]
    if {row.label.lower() for row in rows if row.label} <= SPLITS.keys():
        raise ValueError(
            f'{source} must hold one folder a class, with videos in it. For folders '
            'such as train and val, make a CSV with the columns path,label,split'
        )
    return rows, found.left_out


def read_list(source: Path) -> list[Row]:
    """Read a list with lines ``path label``; without label or with -1 it is unlabeled.

    Args:
        source (Path): The list; a ``label_map.txt`` in its folder names the labels.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not a text file, or a label has no name.
    """
    names = _read_names(source.with_name('label_map.txt'))
    rows = []
    for number, line in enumerate(read_text(source).split('\n'), 1):
        if line.strip():
            path, label = parse_line(line)
            place = f'line {number}'
            named = '' if label in (None, -1) else _name(source, place, label, names)
            rows.append(Row(place, path, named))
    return rows


def _read_names(file: Path) -> list[str] | None:
    if not file.is_file():
        return None
    names = [line.strip() for line in read_text(file).rstrip().split('\n')]
    if len(set(names)) < len(names) or '' in names:
        raise ValueError(f'{file} must give each label its own name')
    return names


def _name(source: Path, place: str, label: int, names: list[str] | None) -> str:
    if label < 0 or (names and label >= len(names)):
        known = f'0 to {len(names) - 1} of label_map.txt' if names else '0 or above'
        raise ValueError(f'{source}, {place}: label {label} must be {known}, or -1')
    return names[label] if names else str(label)


def read_text(source: Path) -> str:
    """Read a text file, without a byte order mark."""
    try:
        return source.read_text('utf-8-sig')
    except UnicodeDecodeError:
        raise ValueError(f'{source} is not UTF-8 text: save it as "CSV UTF-8"') from None
    except OSError as error:
        raise OSError(f'{source} cannot be read: {error.strerror}') from None
