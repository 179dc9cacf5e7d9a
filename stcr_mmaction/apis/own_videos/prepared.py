"""Small copies of a run's videos, which are decoded fast, and each frame rightly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from joblib import cpu_count

from ...videos import copy_small, make_missing
from .console import console

PREPARED = 'prepared'
"""Folder of the copies, in that of the run."""
SUFFIX = '.mp4'
"""Behind the whole name of a video: of two videos the copies have two names."""


def prepare_videos(
    root: Path, videos: Sequence[str], copies: Path, short_side: int
) -> dict[str, str]:
    """Copy videos, each to its end; what is there already stays.

    Args:
        root (Path): Folder of the videos.
        videos (Sequence[str]): Relative to it.
        copies (Path): Folder to write to.
        short_side (int): Pixels of the copies' shorter side; smaller videos keep their
            size.

    Returns:
        dict[str, str]: Of the videos that cannot be decoded to their end to the reason.

    Raises:
        OSError: If copies cannot be written, or a video crashes the decoder.
    """
    make = partial(copy_small, short_side=short_side, enlarge=False)
    calls = [(copies / f'{video}{SUFFIX}', root / video) for video in videos]
    try:
        failures = make_missing(make, calls, 'copying videos', cpu_count(), console)
    except OSError as error:
        raise OSError(
            f'the copies cannot be written to {copies}: {error.strerror}; mend this, and '
            'the same command goes on'
        ) from None
    except RuntimeError as error:  # a decoder has crashed
        raise OSError(str(error)) from None
    return {
        source.relative_to(root).as_posix(): failures[copy].removeprefix(f'{source} ')
        for copy, source in calls
        if copy in failures
    }


def name_in_lists(path: Path, root: Path, copies: Path) -> str:
    """Return how a list names a video: its copy, if there is one, from ``copies`` on.

    Args:
        path (Path): The video, absolute.
        root (Path): Folder of the videos that were copied.
        copies (Path): Folder of the copies.

    Returns:
        str: Relative, or the path itself, so that a run with copies can be moved.
    """
    if path.is_relative_to(root):
        name = f'{path.relative_to(root).as_posix()}{SUFFIX}'
        if (copies / name).is_file():
            return name
    return str(path)


def original_of(name: str, root: Path) -> Path:
    """Return the video that a list names as :func:`name_in_lists` does."""
    path = Path(name)
    return path if path.is_absolute() else root / name.removesuffix(SUFFIX)
