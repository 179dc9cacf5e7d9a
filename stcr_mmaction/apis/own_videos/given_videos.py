"""The videos that a command is given: files, folders, or both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...videos import check_videos, find_videos
from .console import tell


def gather_videos(given: Sequence[str | Path] | str | Path) -> list[Path]:
    """Return the given videos; print which files are left out.

    Args:
        given (Sequence[str | Path] | str | Path): Files, and folders of videos.

    Returns:
        list[Path]: Each once, in the given order.

    Raises:
        ValueError: If no video is left.
        OSError: If there is no such file or folder.
    """
    given = [given] if isinstance(given, (str, Path)) else given
    paths: dict[Path, None] = {}
    for place in map(Path, given):
        if not place.exists():
            raise FileNotFoundError(f'there is no file or folder {str(place)!r}')
        paths |= dict.fromkeys(_inside(place) if place.is_dir() else [place])
    checked = check_videos(Path(), [str(path) for path in paths])
    tell(*(f'left out: {path}: {why}' for path, why in checked.left_out.items()))
    if not checked.num_frames:
        raise ValueError(f'none of the {len(paths)} videos can be read')
    return [Path(path) for path in checked.num_frames]


def _inside(folder: Path) -> list[Path]:
    found = find_videos(folder)
    tell(*(f'left out: {folder / path}: {why}' for path, why in found.left_out.items()))
    return [folder / path for path in found.paths]
