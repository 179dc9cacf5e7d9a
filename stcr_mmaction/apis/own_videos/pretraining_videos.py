"""The videos of pretraining, and the files that are left out."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ...videos import check_videos, find_videos
from .console import console, tell
from .networks import CLIP_LEN
from .prepared import SUFFIX, prepare_videos
from .run_folder import Run

SHOWN = 5


class PretrainingVideos(NamedTuple):
    """Videos of a folder.

    Attributes:
        root (Path): The folder.
        lengths (dict[str, int]): Frames of each video; paths are relative to the folder.
        left_out (dict[str, str]): Every other file and the reason.
        damaged (dict[str, str]): The videos among them that could not be copied.
    """

    root: Path
    lengths: dict[str, int]
    left_out: dict[str, str]
    damaged: dict[str, str]


def find_usable_videos(root: Path) -> PretrainingVideos:
    """Check every video of a folder; print which files are left out.

    Raises:
        ValueError: If no video is in it.
        OSError: If it cannot be read.
    """
    found = find_videos(root)
    with console.status(f'looking at {len(found.paths)} videos'):
        checked = check_videos(root, found.paths)
    tell(f'{len(checked.num_frames)} videos')
    if checked.notes:
        path, note = next(iter(checked.notes.items()))
        tell(
            f'  {len(checked.notes)} are read from the first frame on, which is correct '
            f'but slow without --prepare, such as {path}: {note}'
        )
    short = [path for path, frames in checked.num_frames.items() if frames < CLIP_LEN]
    if short:
        tell(
            f'  {len(short)} have fewer than {CLIP_LEN} frames, which their clips '
            f'repeat, such as {short[0]}'
        )
    if checked.copies:
        tell(f'  {checked.copies} have the content of another one: better remove them')
    left_out = {**found.left_out, **checked.left_out}
    _print_left_out(left_out)
    return PretrainingVideos(root, checked.num_frames, left_out, {})


def prepare_all(
    videos: PretrainingVideos, copies: Path, short_side: int
) -> PretrainingVideos:
    """Copy the videos by :func:`prepare_videos`; leave out those that fail."""
    damaged = prepare_videos(videos.root, list(videos.lengths), copies, short_side)
    _print_left_out(damaged)
    lengths = {path: n for path, n in videos.lengths.items() if path not in damaged}
    return PretrainingVideos(videos.root, lengths, videos.left_out | damaged, damaged)


def write_videos(videos: PretrainingVideos, run: Path, prepared: bool) -> None:
    """Write ``videos.txt``, with the copies if there are any, and ``left_out.csv``."""
    suffix = SUFFIX if prepared else ''
    lines = ''.join(f'{path}{suffix}\n' for path in videos.lengths)
    (run / 'videos.txt').write_text(lines)
    with (run / 'left_out.csv').open('w', newline='') as file:
        csv.writer(file).writerows([('path', 'reason'), *videos.left_out.items()])


def tell_of_new(run: Run) -> None:
    """Print how many videos came into the folder after the run was begun."""
    try:
        found = find_videos(run.videos).paths
    except (OSError, ValueError):
        return  # a run with copies goes on without the originals
    suffix = SUFFIX if run.copies.is_dir() else ''
    lines = (run.folder / 'videos.txt').read_text().splitlines()
    known = {line.removesuffix(suffix) for line in lines}
    with (run.folder / 'left_out.csv').open(newline='') as file:
        known |= {row['path'] for row in csv.DictReader(file)}
    if new := [path for path in found if path not in known]:
        tell(
            f'{len(new)} videos, such as {new[0]}, are newer than this run and are not '
            'trained on: give another --out to train on all'
        )


def _print_left_out(reasons: Mapping[str, str]) -> None:
    lines = [f'  left out: {path}: {reason}' for path, reason in reasons.items()]
    tell(*lines[:SHOWN])
    if len(lines) > SHOWN:
        tell(f'  left out: {len(lines) - SHOWN} more; left_out.csv of the run lists all')
