"""Names and sizes of the copies that the preparation tools make."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath


def copy_names(videos: Sequence[str], suffix: str | None = '.mp4') -> dict[str, str]:
    """Name the copy of each video; spaces become underscores.

    Args:
        videos (Sequence[str]): As ``'class/file'``.
        suffix (str, optional): Suffix of the copies; None keeps that of the videos.
            Defaults to '.mp4'.

    Raises:
        ValueError: If two copies would get the same name; the message names both videos.
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
    """Check the size of copies, and that they are not written among the originals.

    Raises:
        ValueError: If the size is odd, or below 64, where decord misreads the colors of
            some videos; or if the folder of copies is in that of the originals.
    """
    if short_side is None:
        return
    from stcr_mmaction.videos.copies import MIN_SIDE  # to import it takes seconds

    if short_side < MIN_SIDE or short_side % 2:
        raise ValueError(
            f'--short-side must be even, {MIN_SIDE} or more, got {short_side}'
        )
    copies = (out / 'videos').resolve()
    if videos.resolve() in (copies, *copies.parents):
        raise ValueError(f'the copies in {copies} must not be among the --videos')


def copy_settings(short_side: int | None) -> dict:
    """Return the settings of copies, for ``settings.json``."""
    if not short_side:
        return dict(short_side=None)
    from stcr_mmaction.videos.copies import FORMAT  # as above

    return dict(short_side=short_side, copies=FORMAT)
