"""Prepare one fold of the surveillance camera fight data set.

Makes small copies of the 300 clips once, since decoding up to 1080p in every epoch is
slow. All copies have the same size, since size correlates with the class. Then writes the
annotation files of the fold::

    OUT/videos/fight/fi001.mp4
    OUT/label_map.txt
    OUT/surv_fight_train_fold_0_videos.txt    lines 'fight/fi001.mp4 0'
    OUT/surv_fight_test_fold_0_videos.txt

No source of footage is in both training and test. An interrupted run resumes where it
stopped.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import cv2
import decord
import numpy as np

from tools.data.video_files import keep_settings, make_missing

from .videos import frame_size, write_video

CLASSES = ('fight', 'noFight')


def read_folds(root: Path) -> dict[str, int]:
    """Read which fold each clip is in.

    Args:
        root (Path): Folder of the data set, with ``groups.json`` in it.

    Returns:
        dict: Fold by clip, such as ``'fight/fi001.mp4'``.

    Raises:
        ValueError: If the file is missing, unreadable or names an unknown class, or
            if clips are missing.
    """
    path = root / 'groups.json'
    if not path.is_file():
        raise ValueError(
            f'{path} not found: it maps each clip to its fold, '
            '{"fight/fi001.mp4": {"fold": 0}, ...}, clips of one source in one fold; '
            'the public data set has none'
        )
    try:
        groups = json.loads(path.read_text())
        folds = {clip: int(group['fold']) for clip, group in groups.items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f'{path} must map clips to {{"fold": number}}: {error!r}'
        ) from error
    strange = [clip for clip in folds if clip.split('/')[0] not in CLASSES]
    if strange:
        raise ValueError(f'{path}: {strange[0]} is in none of the classes {CLASSES}')
    missing = [clip for clip in folds if not (root / clip).is_file()]
    if missing:
        raise ValueError(
            f'{len(missing)} of {len(folds)} clips are missing in {root}, '
            f'the first is {missing[0]}'
        )
    return folds


def annotation_files(folds: dict[str, int], fold: int) -> dict[str, list[str]]:
    """Return the lines of the annotation files of one fold.

    Args:
        folds (dict): Fold by clip.
        fold (int): The test fold.

    Returns:
        dict: Lines by file name.

    Raises:
        ValueError: If there is no such fold.
    """
    known = sorted(set(folds.values()))
    if fold not in known:
        raise ValueError(f'there is no fold {fold}, only {known}')
    line = {clip: f'{clip} {CLASSES.index(clip.split("/")[0])}' for clip in folds}
    return {
        'label_map.txt': list(CLASSES),
        f'surv_fight_train_fold_{fold}_videos.txt': [
            line[clip] for clip in folds if folds[clip] != fold
        ],
        f'surv_fight_test_fold_{fold}_videos.txt': [
            line[clip] for clip in folds if folds[clip] == fold
        ],
    }


def _small_frames(reader: decord.VideoReader, width: int, height: int) -> Iterator:
    for frame in reader:
        size = (width, height)
        yield cv2.resize(frame.asnumpy(), size, interpolation=cv2.INTER_AREA)


def copy_small(path: Path, root: Path, out: Path, width: int, height: int) -> None:
    """Write a small copy of a clip, with the same frames and frame rate.

    Args:
        path (Path): The copy, below ``out``.
        root (Path): Folder of the clip, with the same relative path.
        out (Path): Folder of the copies.
        width (int): Width of the copy.
        height (int): Height of the copy.

    Raises:
        RuntimeError: If the clip cannot be decoded.
    """
    source = root / path.relative_to(out)
    try:
        reader = decord.VideoReader(str(source), num_threads=1)
        frames = np.stack(list(_small_frames(reader, width, height)))
    except (RuntimeError, ValueError, decord.DECORDError) as error:
        raise RuntimeError(f'{source} cannot be decoded: {error}') from None
    write_video(path, frames, reader.get_avg_fps())


def prepare(args: argparse.Namespace) -> int:
    """Make missing copies, and the annotation files of the fold.

    Returns:
        int: How many copies were made.
    """
    folds = read_folds(args.data_root)
    files = annotation_files(folds, args.fold)
    size = dict(width=args.width, height=args.height)
    keep_settings(args.out, dict(data_root=str(args.data_root.resolve()), **size))
    videos = args.out / 'videos'
    for name, lines in files.items():
        (args.out / name).write_text('\n'.join(lines) + '\n')
    make = partial(copy_small, root=args.data_root, out=videos, **size)
    paths = [videos / clip for clip in folds]
    return make_missing(make, paths, 'copy clips small', args.workers)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(
        description='Prepare one fold of the surveillance camera fight data set.',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add('--data-root', type=Path, required=True, help='the data set; not changed')
    add('--out', type=Path, default=Path('data/surv_fight'), help='folder to write to')
    add('--fold', type=int, default=0, help='test fold')
    add('--width', type=frame_size, default=172, help='of the copies, even')
    add('--height', type=frame_size, default=128, help='of the copies, even')
    add('--workers', type=int, default=2, help='processes')
    args = parser.parse_args(argv)
    if args.workers < 1:
        parser.error(f'--workers must be at least 1, got {args.workers}')
    if args.out.resolve() == args.data_root.resolve():
        parser.error(f'--out {args.out} must not be the --data-root')
    return args


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    try:
        copied = prepare(args)
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f'surv_fight.py: error: {error}')
    print(f'{copied} clips copied, fold {args.fold} complete in {args.out}')


if __name__ == '__main__':
    main()
