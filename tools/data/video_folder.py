"""Make annotation lists for any folder of ``class/video`` files, in folds.

    python tools/data/video_folder.py --videos FOLDER --short-side 128 --out data/mine

Writes ``OUT/train_fold_0_videos.txt`` and ``OUT/test_fold_0_videos.txt`` for each fold,
with lines ``class/video label``, and ``OUT/label_map.txt``. Folds are stratified by
class. With ``--short-side`` the lists name small copies in ``OUT/videos``, where readers
find the right frames, and fast: ``data_prefix=dict(video='OUT/videos')``. Otherwise they
name the videos where they are: ``data_prefix=dict(video=FOLDER)``.

The first folder is the class; videos may be nested in it. Hidden files and folders,
``__MACOSX`` and files without a video suffix are left out, with a message.

``--groups FILE`` keeps clips of one source together. It is a JSON object that maps each
``class/video`` to its source, or to ``{"group": source}``; with ``{"fold": number}`` it
sets the folds. A folder has only one division.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from found_videos import find_videos
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from video_copies import check_arguments, copy_names, copy_settings
from video_files import check_lists, keep_settings, make_missing, write_lists

from stcr_mmaction.videos import copy_small


def read_groups(path: Path, videos: Sequence[str]) -> dict[str, dict]:
    """Read the source, or the fold, of each video.

    Returns:
        dict: Video to ``dict(group=...)``, ``dict(fold=...)`` or both.

    Raises:
        ValueError: If the file is missing or wrong, or lacks videos.
    """
    try:
        given = json.loads(path.read_text())
        groups = {
            v: g if isinstance(g, dict) else dict(group=g) for v, g in given.items()
        }
    except (OSError, ValueError, AttributeError) as error:
        raise ValueError(f'{path} must map videos to their source: {error}') from None
    missing = [video for video in videos if video not in groups]
    if missing:
        raise ValueError(f'{path} lacks {len(missing)} videos, such as {missing[0]}')
    keys = set.intersection(*(set(groups[video]) for video in videos))
    if not {'group', 'fold'} & keys:
        raise ValueError(f'{path} must give every video a "group", or every one a "fold"')
    return groups


def divide(
    videos: Sequence[str], groups: Mapping[str, dict] | None, folds: int, seed: int
) -> list[set[str]]:
    """Divide videos into test parts that do not overlap.

    Raises:
        ValueError: If a class has too few videos, or sources, for so many folds.
    """
    if groups and all('fold' in groups[video] for video in videos):
        numbers = sorted({groups[video]['fold'] for video in videos})
        return [{v for v in videos if groups[v]['fold'] == n} for n in numbers]
    labels = [video.split('/')[0] for video in videos]
    (largest, most), *_ = Counter(labels).most_common(1)
    if most < folds:
        raise ValueError(
            f'no class has {folds} videos, one for each fold (the largest, {largest!r}, '
            f'has {most}): choose fewer --folds, or add videos'
        )
    kind = StratifiedGroupKFold if groups else StratifiedKFold
    sources = [str(groups[video]['group']) for video in videos] if groups else None
    splitter = kind(folds, shuffle=True, random_state=seed)
    parts = [
        {videos[index] for index in test}
        for _, test in splitter.split(videos, labels, sources)
    ]
    if not all(parts):
        raise ValueError(f'there are too few sources for {folds} folds')
    return parts


def make_lists(
    names: Mapping[str, str], parts: Sequence[set[str]], out: Path
) -> dict[Path, list[str]]:
    """Make the lists of all folds and the label map.

    Args:
        names (Mapping[str, str]): Video, as ``'class/video'``, to its name in the lists.
        parts (Sequence[set[str]]): Test videos of each fold.
        out (Path): Folder of the lists.

    Returns:
        dict[Path, list[str]]: Lines by text file.
    """
    classes = sorted({video.split('/')[0] for video in names})
    line = {v: f'{name} {classes.index(v.split("/")[0])}' for v, name in names.items()}
    lists = {out / 'label_map.txt': classes}
    for fold, test in enumerate(parts):
        for part, tested in (('train', False), ('test', True)):
            path = out / f'{part}_fold_{fold}_videos.txt'
            lists[path] = [line[v] for v in names if (v in test) == tested]
    return lists


def make_copies(names: Mapping[str, str], args: argparse.Namespace) -> None:
    """Write the copies that are missing."""
    make = partial(copy_small, short_side=args.short_side)
    targets = [args.out / 'videos' / name for name in names.values()]
    sources = [args.videos / video for video in names]
    make_missing(make, targets, 'make videos', args.workers, sources)


def prepare(args: argparse.Namespace) -> tuple[int, int]:
    """Write copies, with ``--short-side``, and the lists.

    Returns:
        tuple[int, int]: Number of videos and folds.

    Raises:
        ValueError: If something is wrong, or other lists exist; nothing is copied.
        RuntimeError: If some videos cannot be copied.
    """
    check_arguments(args.videos, args.out, args.short_side)
    videos, told = find_videos(args.videos)
    groups = read_groups(args.groups, videos) if args.groups else None
    parts = divide(videos, groups, args.folds, args.seed)
    names = copy_names(videos) if args.short_side else {v: v for v in videos}
    lists = make_lists(names, parts, args.out)
    keep_settings(args.out, _settings(args))
    check_lists(lists)
    print(*told, sep='\n', end='\n' if told else '')
    if args.short_side:
        make_copies(names, args)
    write_lists(lists)
    return len(videos), len(parts)


def _settings(args: argparse.Namespace) -> dict[str, object]:
    groups = args.groups and str(args.groups.resolve())
    videos = str(args.videos.resolve())
    settings = dict(videos=videos, folds=args.folds, seed=args.seed, groups=groups)
    return {**settings, **copy_settings(args.short_side)} if args.short_side else settings


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add('--videos', type=Path, required=True, help='folder of the classes; not changed')
    add('--out', type=Path, required=True, help='folder to write to')
    add('--short-side', type=int, default=None,
        help='write copies of this many pixels, even, such as 128')  # fmt: skip
    add('--folds', type=int, default=5, help='number, unless the groups have folds')
    add('--groups', type=Path, help='JSON file of sources or folds')
    add('--seed', type=int, default=0, help='seed of the division')
    add('--workers', type=int, default=2, help='processes that make copies')
    args = parser.parse_args(argv)
    if args.workers < 1:
        parser.error(f'--workers must be at least 1, got {args.workers}')
    try:
        videos, folds = prepare(args)
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f'video_folder.py: error: {error}')
    print(f'{videos} videos in {folds} folds, lists in {args.out}')


if __name__ == '__main__':
    main()
