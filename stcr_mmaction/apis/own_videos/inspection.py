"""What the videos of a folder are like, for someone who wants to train on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np
from rich.progress import Progress

from ...videos import CheckedVideos, check_videos, find_videos, probe_video
from .console import console
from .plan import FEWEST_VIDEOS

REWRITE = 'ffmpeg -i FILE -c:v libx264 -an COPY.mp4'
LEFT_OUT = (
    f'A damaged video is copied anew, or rewritten: {REWRITE}. Hidden files and those of '
    'other suffixes are renamed or rewritten if they are videos. The rest may stay as it '
    'is.'
)
READ_SLOWLY = (
    'Their frames are right, but each clip is read from the first frame on. If training '
    f'waits for data, rewrite them: {REWRITE}'
)
"""What to do about these files."""
SHOWN = 8


@dataclass(frozen=True)
class Inspection:
    """What is in a folder.

    Attributes:
        facts (Mapping[str, str]): Of the videos that can be used, by name.
        left_out (Mapping[str, str]): Of every other file to the reason.
        slow (Mapping[str, str]): Of the videos that are read slowly, to why.
    """

    facts: Mapping[str, str]
    left_out: Mapping[str, str]
    slow: Mapping[str, str]


def inspect_videos(root: Path) -> tuple[Inspection, list[str]]:
    """Look at each file of a folder.

    Args:
        root (Path): The folder.

    Returns:
        tuple[Inspection, list[str]]: What is in it, and what stops a training.

    Raises:
        ValueError: If no video is in it.
        OSError: If it cannot be read.
    """
    found = find_videos(root)
    checked = _check(root, found.paths)
    usable = len(checked.num_frames)
    problems = []
    if usable < FEWEST_VIDEOS:
        problems.append(
            f'{usable} of {len(found.paths)} videos in {root} can be used: a training '
            f'needs {FEWEST_VIDEOS} or more'
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
    digests = Counter(checked.digests.values())
    copies = sum(count - 1 for count in digests.values())
    return {
        'videos': str(len(paths)),
        'frames': _spread(list(checked.num_frames.values())),
        'sizes': _count(f'{video.width} x {video.height}' for video in videos),
        'frames a second': _count(f'{fps:.4g}' for fps in checked.fps.values()),
        'files': _count(kinds),
        'copies of another file': str(copies),
    }


def _spread(numbers: Sequence[int]) -> str:
    low, middle, high = np.percentile(numbers, [0, 50, 100])
    return f'{low:.0f} to {high:.0f}, half of the videos have {middle:.0f} or more'


def _count(values: Iterable[str]) -> str:
    counts = Counter(values).most_common()
    told = ', '.join(f'{value}: {count}' for value, count in counts[:SHOWN])
    return told + (f', and {len(counts) - SHOWN} others' if counts[SHOWN:] else '')
