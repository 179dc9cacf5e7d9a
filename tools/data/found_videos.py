"""Find the videos of a folder of classes, and list what is left out."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path, PurePosixPath

from stcr_mmaction.videos.folder import SUFFIXES, check_name, list_files


def find_videos(root: Path) -> tuple[list[str], list[str]]:
    """List the videos below the folders of the classes.

    Args:
        root (Path): The folder; its subfolders are the classes, in which videos may be
            nested.

    Returns:
        tuple[list[str], list[str]]: Videos as ``'class/video'``, sorted; and messages
        about what is left out or unexpected.

    Raises:
        ValueError: If there are fewer than two classes with videos.
        OSError: If the folder cannot be read.
    """
    files, not_entered = list_files(root)
    kinds = defaultdict(list)
    for path in files:
        kinds[_kind(path)].append(path)
    for path, reason in not_entered.items():
        kinds[reason].append(path)
    videos = kinds.pop('video', [])
    left_out = [
        f'left out: {len(paths)} {kind}, such as {min(paths)}'
        for kind, paths in sorted(kinds.items())
    ]
    if len({video.split('/')[0] for video in videos}) < 2:
        raise ValueError(
            f'{root} must hold two folders or more, one a class, with videos in them '
            f'({", ".join(sorted(SUFFIXES))}); {"; ".join(left_out) or "it is empty"}'
        )
    return videos, [*_describe_unexpected(root, videos), *left_out]


def _kind(path: str) -> str:
    """Return 'video', or why a file is left out."""
    in_class = len(PurePosixPath(path).parts) > 1
    return check_name(path) or ('video' if in_class else 'in no folder of a class')


def _describe_unexpected(root: Path, videos: list[str]) -> list[str]:
    classes = {video.split('/')[0] for video in videos}
    folders = sorted(path.name for path in root.iterdir() if path.is_dir())
    empty = [
        name for name in folders if name not in classes and check_name(name) != 'hidden'
    ]
    deeper = [video for video in videos if video.count('/') > 1]
    told = []
    if deeper:
        told.append(
            f'{len(deeper)} videos are nested, such as {deeper[0]}: their class is the '
            'first folder'
        )
    if empty:
        told.append(f'no class, since without a video: {", ".join(empty)}')
    return told
