"""Check the videos of a folder before training on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from rich.progress import Progress

from ...videos import CheckedVideos, check_videos, find_videos, probe_video
from .console import console
from .plan import MIN_VIDEOS

REWRITE = 'ffmpeg -i FILE -c:v libx264 -an COPY.mp4'
LEFT_OUT = (
    f'Copy damaged videos again, or convert them: {REWRITE}. Rename or convert hidden '
    'files and files with other suffixes if they are videos. Ignore the rest.'
)
READ_SLOWLY = (
    'Their frames are right, but each clip is read from the first frame on. If training '
    f'waits for data, convert them: {REWRITE}'
)
"""Advice about these files."""
SHOWN = 8


@dataclass(frozen=True)
class Inspection:
    """The contents of a folder.

    Attributes:
        facts (Mapping[str, str]): Figures about the usable videos, by name.
        left_out (Mapping[str, str]): Every other file and the reason.
        slow (Mapping[str, str]): Videos that load slowly and the reason.
    """

    facts: Mapping[str, str]
    left_out: Mapping[str, str]
    slow: Mapping[str, str]


def inspect_videos(root: Path) -> tuple[Inspection, list[str]]:
    """Check each file of a folder.

    Args:
        root (Path): The folder.

    Returns:
        tuple[Inspection, list[str]]: The contents, and problems that prevent training.

    Raises:
        ValueError: If no video is in it.
        OSError: If it cannot be read.
    """
    found = find_videos(root)
    checked = _check(root, found.paths)
    usable = len(checked.num_frames)
    problems = []
    if usable < MIN_VIDEOS:
        problems.append(
            f'{usable} of {len(found.paths)} videos in {root} can be used: a training '
            f'needs {MIN_VIDEOS} or more'
        )
    left_out = found.left_out | checked.left_out
    return Inspection(_describe(root, checked), left_out, checked.notes), problems


def _check(root: Path, paths: Sequence[str]) -> CheckedVideos:
    with Progress(console=console, transient=True) as bar:
        task = bar.add_task('looking at videos', total=len(paths))
        return check_videos(root, paths, progress=lambda n: bar.update(task, completed=n))


def _describe(root: Path, checked: CheckedVideos) -> dict[str, str]:
    paths = list(checked.num_frames)
    if not paths:
        return dict(videos='0')
    videos = [probe_video(str(root / path)) for path in paths]  # each is known by now
    suffixes = [PurePosixPath(path).suffix.lower() for path in paths]
    kinds = [f'{s} ({v.codec})' for s, v in zip(suffixes, videos, strict=True)]
    return {
        'videos': str(len(paths)),
        'frames': _spread(list(checked.num_frames.values())),
        'sizes': _count(f'{video.width} x {video.height}' for video in videos),
        'frames a second': _count(f'{fps:.4g}' for fps in checked.fps.values()),
        'files': _count(kinds),
        'copies of another file': str(checked.copies),
    }


def _spread(numbers: Sequence[int]) -> str:
    low, middle, high = np.percentile(numbers, [0, 50, 100])
    return f'{low:.0f} to {high:.0f}, half of the videos have {middle:.0f} or more'


def _count(values: Iterable[str]) -> str:
    counts = Counter(values).most_common()
    told = ', '.join(f'{value}: {count}' for value, count in counts[:SHOWN])
    return told + (f', and {len(counts) - SHOWN} others' if counts[SHOWN:] else '')
