"""Checks of output files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path


def check_free(path: str | Path, suffixes: Sequence[str]) -> Path:
    """Check, before long work, that a file can be written without overwriting one.

    Args:
        path (str | Path): The file.
        suffixes (Sequence[str]): Its suffix must be one of these.

    Returns:
        Path: The file; its folder exists now.

    Raises:
        ValueError: If it exists, or has another suffix.
        OSError: If its folder cannot be created or written to.
    """
    path = Path(path)
    if path.suffix not in suffixes:
        raise ValueError(f'{path} must end in {" or ".join(suffixes)}')
    if path.exists():
        raise ValueError(f'{path} exists already: remove it, or name another file')
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(f'{path.parent} cannot be written to: name another folder')
    return path


def check_writable(folder: Path) -> None:
    """Check, before long work, that a folder can be created or written to.

    Raises:
        OSError: If it cannot.
    """
    there = next(path for path in _way_up(folder) if path.exists())
    if not there.is_dir():
        raise NotADirectoryError(f'{there} is no folder: choose another --out')
    if not os.access(there, os.W_OK | os.X_OK):
        raise PermissionError(f'{there} cannot be written to: choose another --out')


def _way_up(folder: Path) -> Iterator[Path]:
    yield from (folder.absolute(), *folder.absolute().parents)
