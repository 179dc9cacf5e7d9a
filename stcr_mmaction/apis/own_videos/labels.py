"""The labels of videos, from a CSV, a list of MMAction2, or folders of classes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from .label_rows import Row, locate, read_class_folders, read_list
from .label_table import read_table

NUMBER = re.compile(r'[+-]?\d+(\.\d+)?')
SHOWN = 3
"""How many wrong rows a message names."""


@dataclass(frozen=True)
class LabeledVideos:
    """Videos and their labels, in the order of the source.

    Attributes:
        paths (list[Path]): Absolute paths of N videos.
        labels (list[int]): For each video, its index in ``classes``; -1 for none.
        classes (list[str]): Sorted class names; numbers are sorted as numbers.
        groups (list[str], optional): Group of each video; ``''`` for none. None if there
            are no groups.
        splits (list[str], optional): Split of each video: ``'train'``, ``'val'`` or
            ``'test'``; ``''`` for some without a label. None if there are no splits.
        left_out (dict[str, str]): Files in a folder that are not videos, and the reason.
    """

    paths: list[Path]
    labels: list[int]
    classes: list[str]
    groups: list[str] | None = None
    splits: list[str] | None = None
    left_out: dict[str, str] = field(default_factory=dict)

    def choose(self, indices: Iterable[int]) -> LabeledVideos:
        """Select some of the videos; all classes are kept."""
        indices = list(indices)
        lists = dict(paths=self.paths, labels=self.labels)
        lists |= dict(groups=self.groups, splits=self.splits)
        chosen = {
            name: values and [values[index] for index in indices]
            for name, values in lists.items()
        }
        return replace(self, **chosen)


def read_labels_of(
    source: Path, videos: Path | None = None, classes: Sequence[str] | None = None
) -> LabeledVideos:
    """Read the labels of videos.

    Args:
        source (Path): A CSV of ``path,label[,group][,split]``; a folder with one folder
            for each class; or an MMAction2 list, ``.txt``.
        videos (Path, optional): Folder of relative paths. If it is None or has no such
            file, the folder of the source is used. Defaults to None.
        classes (Sequence[str], optional): The classes of a network, in its order; other
            labels are errors. Defaults to None.

    Returns:
        LabeledVideos: All videos, labeled or not.

    Raises:
        OSError: If the source cannot be read.
        ValueError: If it is invalid; the message names the source and the row.
    """
    source, left_out = Path(source), {}
    folders = [Path(folder) for folder in (videos, source.parent) if folder is not None]
    if source.is_dir():
        folders = [source]
        rows, left_out = read_class_folders(source)
    elif source.suffix.lower() == '.txt':
        rows = read_list(source)
    else:
        rows = read_table(source, folders)
    paths = _locate_all(source, rows, folders)
    _check_repeats(source, rows, paths)
    names = _list_classes(source, rows, classes)
    labels = dict(zip(['', *names], range(-1, len(names)), strict=True))
    return LabeledVideos(
        paths,
        [labels[row.label] for row in rows],
        names,
        [row.group for row in rows] if any(row.group for row in rows) else None,
        _list_splits(source, rows),
        left_out,
    )


def _locate_all(source: Path, rows: Sequence[Row], folders: Sequence[Path]) -> list[Path]:
    paths = [locate(row.path, folders) for row in rows]
    missing = [row for row, path in zip(rows, paths, strict=True) if path is None]
    if missing:
        shown = ', '.join(f'{row.place} {row.path!r}' for row in missing[:SHOWN])
        searched = ' and '.join(dict.fromkeys(map(os.path.abspath, folders)))
        raise ValueError(
            f'{source}: {len(missing)} of {len(rows)} videos do not exist, such as '
            f'{shown}; paths begin in {searched}'
        )
    return paths


def _check_repeats(source: Path, rows: Sequence[Row], paths: Sequence[Path]) -> None:
    first = {}
    for row, path in zip(rows, paths, strict=True):
        before = first.setdefault(path, row)
        if before is row:
            continue
        where = f'{source}: {before.place} and {row.place}'
        if before.label != row.label:
            two = f'two labels, {before.label!r} and {row.label!r}'
            raise ValueError(f'{where} give {row.path!r} {two}: keep one of them')
        raise ValueError(f'{where} both name {row.path!r}: remove one of them')


def _list_classes(
    source: Path, rows: Sequence[Row], known: Sequence[str] | None
) -> list[str]:
    labeled = [row for row in rows if row.label]
    if not labeled:
        raise ValueError(f'{source} has no video with a label')
    if known is None:
        names = {row.label for row in labeled}
        if len(names) < 2:
            raise ValueError(f'{source} has one class alone, {names.pop()!r}: give two')
        numbers = all(NUMBER.fullmatch(name) for name in names)
        return sorted(names, key=(lambda name: (float(name), name)) if numbers else None)
    for row in labeled:
        if row.label not in known:
            raise ValueError(
                f'{source}, {row.place}: label {row.label!r} is none of the classes '
                f'{", ".join(known)}'
            )
    return list(known)


def _list_splits(source: Path, rows: Sequence[Row]) -> list[str] | None:
    if not any(row.split for row in rows):
        return None
    for row in rows:
        if row.label and not row.split:
            raise ValueError(
                f'{source}, {row.place} has a label but no split: give train, val or test'
            )
    return [row.split for row in rows]
