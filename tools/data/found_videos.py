"""Find the videos of a folder of classes, and say what is left out."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

SUFFIXES = frozenset(
    {
        *('.3g2', '.3gp', '.asf', '.avi', '.divx', '.dv', '.f4v', '.flv', '.m2t'),
        *('.m2ts', '.m2v', '.m4v', '.mkv', '.mov', '.mp4', '.mpe', '.mpeg', '.mpg'),
        *('.mts', '.mxf', '.ogm', '.ogv', '.rm', '.rmvb', '.ts', '.vob', '.webm'),
        *('.wmv', '.xvid'),
    }
)
"""Of files that decoders read, whatever their case."""


def find_videos(root: Path) -> tuple[list[str], list[str]]:
    """List the videos below the folders of the classes.

    Args:
        root (Path): Its folders are the classes; their videos may lie deeper.

    Returns:
        tuple[list[str], list[str]]: Videos as ``'class/video'``, sorted; and lines that
        tell what is left out, and what else a user may not expect.

    Raises:
        ValueError: If there are fewer than two classes with videos.
    """
    kinds = defaultdict(list)
    for folder, _, files in os.walk(root, followlinks=True):
        for file in files:
            path = (Path(folder) / file).relative_to(root)
            kinds[_kind(path)].append(path.as_posix())
    videos = sorted(kinds.pop('video', []))
    left_out = [
        f'left out: {len(paths)} {kind}, such as {min(paths)}'
        for kind, paths in sorted(kinds.items())
    ]
    if len({video.split('/')[0] for video in videos}) < 2:
        raise ValueError(
            f'{root} must hold two folders or more, one a class, with videos in them '
            f'({", ".join(sorted(SUFFIXES))}); {"; ".join(left_out) or "it is empty"}'
        )
    return videos, [*_surprises(root, videos), *left_out]


def _kind(path: Path) -> str:
    """Say whether a file is a video, otherwise why it is left out."""
    if _is_hidden(path):
        return 'hidden'
    if path.suffix.lower() not in SUFFIXES:
        return f'with the suffix {path.suffix.lower()!r}'
    return 'video' if len(path.parts) > 1 else 'in no folder of a class'


def _is_hidden(path: Path) -> bool:
    return any(part.startswith('.') or part == '__MACOSX' for part in path.parts)


def _surprises(root: Path, videos: list[str]) -> list[str]:
    classes = {video.split('/')[0] for video in videos}
    folders = sorted(path.name for path in root.iterdir() if path.is_dir())
    empty = [
        name for name in folders if name not in classes and not _is_hidden(Path(name))
    ]
    deeper = [video for video in videos if video.count('/') > 1]
    told = []
    if deeper:
        told.append(
            f'{len(deeper)} videos lie deeper, such as {deeper[0]}: their class is the '
            'first folder'
        )
    if empty:
        told.append(f'no class, since without a video: {", ".join(empty)}')
    return told
