"""How the preparation tools name copies, and which sizes they take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath


def copy_names(videos: Sequence[str], suffix: str | None = '.mp4') -> dict[str, str]:
    """Name the copy of each video; spaces become underscores.

    Args:
        videos (Sequence[str]): As ``'class/file'``.
        suffix (str, optional): Of the copies; None keeps those of the videos. Defaults to
            '.mp4'.

    Raises:
        ValueError: If two copies would get one name. The message names both videos.
    """
    names = {}
    for video in videos:
        path = PurePosixPath(video.replace(' ', '_'))
        name = str(path.with_suffix(suffix) if suffix else path)
        if name in names:
            raise ValueError(
                f'{names[name]!r} and {video!r} would both be named {name!r}; '
                'rename one of them'
            )
        names[name] = video
    return {video: name for name, video in names.items()}


def check_arguments(videos: Path, out: Path, short_side: int | None) -> None:
    """Refuse a size that cannot be read well, and to write among the originals.

    Raises:
        ValueError: If the size is odd or below 64, as decord misreads the colors of some
            videos that are narrower; if the folder of copies is that of the originals, or
            in it.
    """
    if short_side is None:
        return
    from stcr_mmaction.videos.copies import NARROWEST  # to import it takes seconds

    if short_side < NARROWEST or short_side % 2:
        raise ValueError(
            f'--short-side must be even, {NARROWEST} or more, got {short_side}'
        )
    copies = (out / 'videos').resolve()
    if videos.resolve() in (copies, *copies.parents):
        raise ValueError(f'the copies in {copies} must not be among the --videos')


def copy_settings(short_side: int | None) -> dict:
    """Say how copies are made, for ``settings.json``."""
    if not short_side:
        return dict(short_side=None)
    from stcr_mmaction.videos.copies import FORMAT  # as above

    return dict(short_side=short_side, copies=FORMAT)
