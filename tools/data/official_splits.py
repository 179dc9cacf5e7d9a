"""Make MMAction2's annotation lists from the official split files of a data set.

Shared by the tools of the data sets. A prepared folder looks like this::

    OUT/label_map.txt                        one class name a line, in the order of labels
    OUT/videos/Archery/v_Archery_g01_c01.avi    links to the originals, or small copies
    OUT/ucf101_train_split_1_videos.txt      lines 'Archery/v_Archery_g01_c01.avi 0'
    OUT/ucf101_val_split_1_videos.txt
    OUT/rawframes/Archery/v_Archery_g01_c01/img_00001.jpg     with --frames
    OUT/ucf101_train_split_1_rawframes.txt   lines 'Archery/v_Archery_g01_c01 164 0'

The originals are not changed. An interrupted job resumes where it stopped.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

import cv2
from video_copies import check_arguments, copy_names, copy_settings
from video_files import check_lists, keep_settings, make_missing, write_lists

PARTS = ('train', 'val')
"""The official test part is called val by MMAction2."""
FRAME_NAME = 'img_{:05}.jpg'


@dataclass(frozen=True)
class OfficialSplits:
    """Contents of the split files of a data set.

    Attributes:
        name (str): Name of the data set, as in the names of the lists.
        classes (Sequence[str]): Class names in the order of labels.
        splits (Mapping): Videos, as ``'class/file'``, by split number, then part.
        known_counts (Mapping): Published number of videos, by split number, then part.
    """

    name: str
    classes: Sequence[str]
    splits: Mapping[int, Mapping[str, Sequence[str]]]
    known_counts: Mapping[int, Mapping[str, int]]

    @property
    def videos(self) -> list[str]:
        """Every video of any split, once, sorted."""
        lists = [v for parts in self.splits.values() for v in parts.values()]
        return sorted(set().union(*lists))

    def unexpected_counts(self) -> list[str]:
        """Describe numbers of videos that differ from the published ones."""
        return [
            f'split {split}: {len(videos)} {part} videos, published are '
            f'{self.known_counts[split][part]}'
            for split, parts in self.splits.items()
            for part, videos in parts.items()
            if len(videos) != self.known_counts[split][part]
        ]


def read_lines(path: Path) -> list[str]:
    """Read the lines of a split file, stripped, without empty ones.

    Raises:
        ValueError: If the file is missing or not a text file.
    """
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        raise ValueError(f'{path} not found; is {path.parent} the split files?') from None
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is no text file: {error}') from None
    return [line.strip() for line in lines if line.strip()]


def prepare(official: OfficialSplits, args: argparse.Namespace) -> None:
    """Make links or copies, optionally frames, and the lists of all splits.

    Raises:
        ValueError: If videos are missing, two would get the same name, or the folder has
            other settings or lists.
        RuntimeError: If a video cannot be decoded.
    """
    videos = official.videos
    _check_exist(videos, args.videos)
    copies = copy_names(videos, '.mp4' if args.short_side else None)
    source = dict(videos=str(args.videos.resolve()))
    keep_settings(args.out, {**source, **copy_settings(args.short_side)})
    lists = _make_lists(official, args.out, 'videos', copies.__getitem__)
    lists[args.out / 'label_map.txt'] = official.classes
    check_lists(lists)
    _make(copies, args, 'videos', _copier(args.short_side))
    write_lists(lists)
    if args.frames:
        folders = {v: str(PurePosixPath(c).with_suffix('')) for v, c in copies.items()}
        make = partial(extract_frames, short_side=args.short_side)
        _make(folders, args, 'rawframes', make)
        counts = {
            video: f'{folder} {len(os.listdir(args.out / "rawframes" / folder))}'
            for video, folder in folders.items()
        }
        write_lists(_make_lists(official, args.out, 'rawframes', counts.__getitem__))


def _check_exist(videos: Sequence[str], root: Path) -> None:
    missing = [video for video in videos if not (root / video).is_file()]
    if missing:
        raise ValueError(
            f'{len(missing)} of {len(videos)} videos of the split files are missing in '
            f'{root}, the first is {missing[0]}'
        )


def _copier(short_side: int | None) -> Callable[[Path, Path], None]:
    if not short_side:
        return link
    from stcr_mmaction.videos import copy_small  # importing the package takes seconds

    return partial(copy_small, short_side=short_side)


def _make(
    names: Mapping[str, str],
    args: argparse.Namespace,
    kind: str,
    make: Callable[[Path, Path], None],
) -> None:
    targets = [args.out / kind / name for name in names.values()]
    sources = [args.videos / video for video in names]
    make_missing(make, targets, f'make {kind}', args.workers, sources)


def _make_lists(
    official: OfficialSplits, out: Path, kind: str, entry: Callable[[str], str]
) -> dict[Path, Sequence[str]]:
    lists = {}
    labels = {name: number for number, name in enumerate(official.classes)}
    for split, parts in official.splits.items():
        for part, videos in parts.items():
            path = out / f'{official.name}_{part}_split_{split}_{kind}.txt'
            lists[path] = [f'{entry(v)} {labels[v.split("/")[0]]}' for v in videos]
    return lists


def link(target: Path, source: Path) -> None:
    """Create a link to a video."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)  # a broken link
    target.symlink_to(source.resolve())


def extract_frames(target: Path, source: Path, short_side: int | None) -> None:
    """Write the frames of a video as JPEG files in a folder; atomic.

    Raises:
        RuntimeError: If the video cannot be decoded.
    """
    partial_folder = target.with_name(f'.{target.name}.{os.getpid()}')
    partial_folder.mkdir(parents=True)
    try:
        from stcr_mmaction.videos import read_frames  # as above

        for number, frame in enumerate(read_frames(source, short_side), start=1):
            path = partial_folder / FRAME_NAME.format(number)
            cv2.imwrite(str(path), cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        partial_folder.rename(target)
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)


def run_tool(
    name: str, description: str, read_splits: Callable[[Path], OfficialSplits]
) -> None:
    """Run the command line tool of a data set."""
    args = _parse_args(name, description)
    try:
        official = read_splits(args.splits)
        for surprise in official.unexpected_counts():
            print(f'{name}: warning: {surprise}', file=sys.stderr)
        prepare(official, args)
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f'{name}.py: error: {error}')
    print(f'{len(official.videos)} videos, {len(official.splits)} splits in {args.out}')


def _parse_args(name: str, description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    add = parser.add_argument
    add('--videos', type=Path, required=True,
        help='folder with one folder of videos for each class; not changed')  # fmt: skip
    add('--splits', type=Path, required=True, help='folder of the official split files')
    add('--out', type=Path, default=Path('data') / name, help='folder to write to')
    add('--short-side', type=int, default=argparse.SUPPRESS,
        help='write copies of this many pixels, even, such as 128: readers find the '
        'right frames in them, and fast; by default, videos are linked')  # fmt: skip
    add('--frames', action='store_true', help='also write the frames as JPEG files')
    add('--workers', type=int, default=2, help='processes')
    args = parser.parse_args(namespace=argparse.Namespace(short_side=None))
    if args.workers < 1:
        parser.error(f'--workers must be at least 1, got {args.workers}')
    if args.out.resolve() == args.videos.resolve():
        parser.error(f'--out {args.out} must not be the --videos')
    try:
        check_arguments(args.videos, args.out, args.short_side)
    except ValueError as error:
        parser.error(str(error))
    return args
