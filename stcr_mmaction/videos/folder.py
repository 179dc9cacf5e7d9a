"""Find the videos of a folder, and reasons to leave out other files."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

SUFFIXES = frozenset(
    {
        *('.3g2', '.3gp', '.asf', '.avi', '.divx', '.dv', '.f4v', '.flv', '.m2t'),
        *('.m2ts', '.m2v', '.m4v', '.mkv', '.mov', '.mp4', '.mpe', '.mpeg', '.mpg'),
        *('.mts', '.mxf', '.ogm', '.ogv', '.rm', '.rmvb', '.ts', '.vob', '.webm'),
        *('.wmv', '.xvid'),
    }
)
"""Suffixes of video files, in lower case."""


class FoundVideos(NamedTuple):
    """Contents of a folder.

    Attributes:
        paths (list[str]): Sorted paths of the videos, relative to the folder, with
            slashes.
        left_out (dict[str, str]): All other files and the reason. Characters that cannot
            be printed are escaped.
    """

    paths: list[str]
    left_out: dict[str, str]


def find_videos(root: Path) -> FoundVideos:
    """List the videos of a folder and its subfolders, by name and size only.

    Args:
        root (Path): The folder. Links are followed.

    Returns:
        FoundVideos: The videos, and the other files with reasons.

    Raises:
        OSError: If the folder cannot be read.
        ValueError: If it has no video, or two names only differ in their Unicode
            encoding.
    """
    files, left_out = list_files(root)
    reasons = {file: _find_reason(Path(root), file) for file in files}
    paths = [file for file, reason in reasons.items() if not reason]
    left_out |= {printable(file): reason for file, reason in reasons.items() if reason}
    if not paths:
        raise ValueError(f'{root} holds no video: {_describe(left_out)}')
    _check_encodings(root, paths)
    return FoundVideos(paths, left_out)


def list_files(root: Path) -> tuple[list[str], dict[str, str]]:
    """List all files of a folder and its subfolders; links are followed.

    Args:
        root (Path): The folder.

    Returns:
        tuple[list[str], dict[str, str]]: Sorted relative paths, with slashes; and skipped
        folders with the reason.

    Raises:
        OSError: If the folder cannot be read.
    """
    root, left_out = Path(root), {}

    def leave_out(error: OSError) -> None:
        if Path(error.filename) == root:
            raise OSError(f'{root} is no folder that can be read: {error.strerror}')
        folder = Path(error.filename).relative_to(root).as_posix()
        left_out[printable(folder)] = f'in a folder that cannot be read: {error.strerror}'

    files = []
    for folder, folders, names in os.walk(root, onerror=leave_out, followlinks=True):
        here = Path(folder)
        for loop in [name for name in folders if _is_loop(root, here / name)]:
            folders.remove(loop)
            name = (here / loop).relative_to(root).as_posix()
            left_out[printable(name)] = 'in a loop of links'
        files += [(here / name).relative_to(root).as_posix() for name in names]
    return sorted(files), left_out


def check_name(path: str) -> str:
    """Return why a relative path is not a video by its name; '' if it is."""
    parts, suffix = PurePosixPath(path).parts, PurePosixPath(path).suffix.lower()
    if any(part.startswith('.') or part == '__MACOSX' for part in parts):
        return 'hidden'
    return '' if suffix in SUFFIXES else f'with the suffix {suffix!r}'


def printable(path: str) -> str:
    """Escape characters of a path that cannot be printed on one line."""
    text = path.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')
    return ''.join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _find_reason(root: Path, path: str) -> str:
    return check_name(path) or _check_list_entry(path) or _check_file(root / path)


def _check_list_entry(path: str) -> str:
    """Return why a path cannot be in an annotation list; '' if it can."""
    if path.splitlines() != [path]:
        return 'with a line break in the name'
    if path != path.strip():
        return 'with a space in front of the name'
    try:
        path.encode()
    except UnicodeEncodeError:
        return 'with a name that is not UTF-8'
    return ''


def _check_file(path: Path) -> str:
    try:
        status = path.stat()
    except OSError as error:
        return f'with an error: {error.strerror}'
    if not stat.S_ISREG(status.st_mode):
        return 'of a special kind'
    return '' if status.st_size else 'empty'


def _is_loop(root: Path, path: Path) -> bool:
    """Whether a link points to a folder that contains it."""
    if not path.is_symlink():
        return False
    way = [path.parent, *path.parent.parents]
    inside = way[: way.index(root) + 1]
    return any(folder.resolve().is_relative_to(path.resolve()) for folder in inside)


def _check_encodings(root: Path, paths: Iterable[str]) -> None:
    """Refuse names that look equal: on another disk they may be the same file."""
    seen = {}
    for path in paths:
        for name in _prefixes(path):
            other = seen.setdefault(unicodedata.normalize('NFC', name), name)
            if other != name:
                raise ValueError(
                    f'{root} has one name in two encodings, {ascii(other)} and '
                    f'{ascii(name)}: rename one of them'
                )


def _prefixes(path: str) -> Iterator[str]:
    whole = PurePosixPath(path)
    yield from (str(parent) for parent in reversed(whole.parents))
    yield str(whole)


def _describe(left_out: Mapping[str, str]) -> str:
    counts = Counter(left_out.values()).most_common()
    told = [f'{count} file{"s" * (count > 1)} {reason}' for reason, count in counts]
    return ', '.join(told) or 'it is empty'
