"""The sets of real clips: videos, classes and groups."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDS = 5
NO_CLASS = 'negative'
CCTV = 'surv_fight'


class Clip(NamedTuple):
    """A video with its set, class, and group, which stays in one fold."""

    path: Path
    set: str
    label: str
    group: str


def list_clips(root: Path) -> list[Clip]:
    """List the clips below a folder with ``real_clips/clips.tsv`` and ``surv_fight``.

    Raises:
        FileNotFoundError: If one of the two lists does not exist.
    """
    return [*_read_table(root / 'real_clips'), *_read_cctv(root / CCTV)]


def make_folds(clips: list[Clip]) -> dict[str, int]:
    """Divide groups evenly into folds, in order of their names."""
    groups = sorted({clip.group for clip in clips}, key=lambda name: (len(name), name))
    return {group: number % FOLDS for number, group in enumerate(groups)}


def _read_table(folder: Path) -> Iterator[Clip]:
    with open(folder / 'clips.tsv') as table:
        for row in csv.DictReader(table, delimiter='\t'):
            name = row['path'].partition('/')[0]
            yield Clip(folder / row['path'], name, row['class'], row['group'])


def _read_cctv(folder: Path) -> Iterator[Clip]:
    groups = json.loads((folder / 'groups.json').read_text())
    for name, group in sorted(groups.items()):
        yield Clip(folder / name, CCTV, name.partition('/')[0], str(group['group']))
