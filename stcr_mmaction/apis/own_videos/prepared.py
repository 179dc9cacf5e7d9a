"""Small copies of a run's videos, which decode fast and with the right frames."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from joblib import cpu_count

from ...videos import copy_small, make_missing
from .console import console

PREPARED = 'prepared'
"""Folder of the copies, in the folder of the run."""
SUFFIX = '.mp4'
"""Appended to the whole file name, so that no two copies have the same name."""


def prepare_videos(
    root: Path, videos: Sequence[str], copies: Path, short_side: int
) -> dict[str, str]:
    """Copy videos; existing copies are kept.

    Args:
        root (Path): Folder of the videos.
        videos (Sequence[str]): Paths of the videos, relative to it.
        copies (Path): Folder to write to.
        short_side (int): Shorter side of the copies in pixels; smaller videos keep their
            size.

    Returns:
        dict[str, str]: Videos that cannot be decoded to their end, and the reason.

    Raises:
        OSError: If copies cannot be written, or a video crashes the decoder.
    """
    make = partial(copy_small, short_side=short_side, enlarge=False)
    calls = [(copies / f'{video}{SUFFIX}', root / video) for video in videos]
    try:
        failures = make_missing(make, calls, 'copying videos', cpu_count(), console)
    except OSError as error:
        raise OSError(
            f'the copies cannot be written to {copies}: {error.strerror}; fix this, and '
            'run the same command to resume'
        ) from None
    except RuntimeError as error:  # a decoder has crashed
        raise OSError(str(error)) from None
    return {
        source.relative_to(root).as_posix(): failures[copy].removeprefix(f'{source} ')
        for copy, source in calls
        if copy in failures
    }


def name_in_lists(path: Path, root: Path, copies: Path) -> str:
    """Return the name of a video in lists: that of its copy, if there is one.

    Args:
        path (Path): The video, absolute.
        root (Path): Folder of the videos that were copied.
        copies (Path): Folder of the copies.

    Returns:
        str: A relative path, so that a run with copies can be moved, or the path itself.
    """
    if path.is_relative_to(root):
        name = f'{path.relative_to(root).as_posix()}{SUFFIX}'
        if (copies / name).is_file():
            return name
    return str(path)


def original_of(name: str, root: Path) -> Path:
    """Return the original video of a name in lists, see :func:`name_in_lists`."""
    path = Path(name)
    return path if path.is_absolute() else root / name.removesuffix(SUFFIX)
