"""Find conflicts between annotation lists."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from official_splits import read_lines

from stcr_mmaction.datasets.annotations import parse_line

PART = re.compile(r'(?<![a-z])(train|val|test)(?![a-z])')
"""Finds the part in the name of a list; the rest names its split or fold."""


@dataclass(frozen=True)
class Entry:
    """A line of a list.

    Attributes:
        video (str): Path of the video, as in the list.
        label (int, optional): Its label, None if it has none.
        source (Path): The list.
    """

    video: str
    label: int | None
    source: Path


def read_list(path: Path) -> list[Entry]:
    """Read an annotation list, lines ``path label`` or ``path``.

    Raises:
        ValueError: If the file is missing or is no text.
    """
    return [Entry(*parse_line(line), path) for line in read_lines(path)]


def find_conflicts(
    entries: Sequence[Entry], digests: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """Find duplicates that are errors for training or testing.

    Args:
        entries (Sequence[Entry]): Entries of all lists.
        digests (Mapping): Digest of each video's frames, '' if unknown.

    Yields:
        tuple[str, str, str]: A video, the kind of trouble, and the reason.
    """
    same = defaultdict(list)
    for entry in entries:
        same[digests.get(entry.video) or entry.video].append(entry)
    for group in same.values():
        videos = list(dict.fromkeys(entry.video for entry in group))
        for video in videos[1:]:
            yield video, 'duplicate', f'has the frames of {videos[0]}'
        yield from _first_pair(group, 'two labels', _label, _labels_differ)
        yield from _first_pair(group, 'two lists', _where, _lists_conflict)


def _first_pair(
    group: Sequence[Entry],
    kind: str,
    tell: Callable[[Entry], str],
    conflict: Callable[[Entry, Entry], bool],
) -> Iterator[tuple[str, str, str]]:
    for one, other in combinations(group, 2):
        if conflict(one, other):
            reason = f'{tell(one)}, and {tell(other)}'
            if one.video != other.video:
                reason += f' as {other.video}'
            yield one.video, kind, reason
            return


def _label(entry: Entry) -> str:
    return f'{entry.label} in {entry.source.name}'


def _where(entry: Entry) -> str:
    return f'in {entry.source.name}'


def _labels_differ(one: Entry, other: Entry) -> bool:
    known = {one.label, other.label} - {None, -1}
    return len(known) > 1


def _lists_conflict(one: Entry, other: Entry) -> bool:
    """Whether both lists belong to one split, so that a video must be in only one."""
    if one.source == other.source:
        return False
    parts = [PART.search(entry.source.stem.lower()) for entry in (one, other)]
    if not all(parts):
        return True
    splits = {PART.sub('', entry.source.stem.lower()) for entry in (one, other)}
    return parts[0][1] != parts[1][1] and len(splits) == 1
