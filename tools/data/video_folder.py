"""Make annotation lists for any folder of ``class/video`` files, in folds.

    python tools/data/video_folder.py --videos FOLDER --folds 5 --out data/mine

Writes for each fold ``OUT/train_fold_0_videos.txt`` and ``OUT/test_fold_0_videos.txt``,
lines ``class/video label``, and ``OUT/label_map.txt``. The videos stay where they are:
``data_prefix=dict(video=FOLDER)``. Folds have about the same share of each class.

``--groups FILE`` keeps clips of one source together: a JSON object that maps each
``class/video`` to its source, or to ``{"group": source}``; with ``{"fold": number}`` the
folds are taken from there. One folder of lists holds one division.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from video_files import keep_settings

SUFFIXES = {'.avi', '.mkv', '.mov', '.mp4', '.mpeg', '.mpg', '.webm', '.wmv'}


def find_videos(root: Path) -> list[str]:
    """List the videos below the folders of the classes, ``'class/video'``, sorted.

    Raises:
        ValueError: If there are fewer than two classes with videos.
    """
    found = [path for path in root.glob('*/*') if path.suffix.lower() in SUFFIXES]
    videos = sorted(path.relative_to(root).as_posix() for path in found)
    if len({video.split('/')[0] for video in videos}) < 2:
        raise ValueError(
            f'{root} must hold two folders or more, one a class, with videos in them '
            f'({", ".join(sorted(SUFFIXES))})'
        )
    return videos


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


def write_lists(videos: Sequence[str], parts: Sequence[set[str]], out: Path) -> None:
    """Write the lists of all folds and the label map."""
    classes = sorted({video.split('/')[0] for video in videos})
    line = {video: f'{video} {classes.index(video.split("/")[0])}' for video in videos}
    out.mkdir(parents=True, exist_ok=True)
    (out / 'label_map.txt').write_text('\n'.join(classes) + '\n')
    for fold, test in enumerate(parts):
        for part, tested in (('train', False), ('test', True)):
            lines = [line[video] for video in videos if (video in test) == tested]
            path = out / f'{part}_fold_{fold}_videos.txt'
            path.write_text('\n'.join(lines) + '\n')


def _settings(args: argparse.Namespace) -> dict[str, object]:
    groups = args.groups and str(args.groups.resolve())
    videos = str(args.videos.resolve())
    return dict(videos=videos, folds=args.folds, seed=args.seed, groups=groups)


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add('--videos', type=Path, required=True, help='folder of the classes; only read')
    add('--out', type=Path, required=True, help='folder to write the lists to')
    add('--folds', type=int, default=5, help='unless the groups have folds')
    add('--groups', type=Path, help='JSON file of sources or folds')
    add('--seed', type=int, default=0, help='of the division')
    args = parser.parse_args(argv)
    try:
        videos = find_videos(args.videos)
        groups = read_groups(args.groups, videos) if args.groups else None
        parts = divide(videos, groups, args.folds, args.seed)
        keep_settings(args.out, _settings(args))
        write_lists(videos, parts, args.out)
    except (ValueError, OSError) as error:
        sys.exit(f'video_folder.py: error: {error}')
    print(f'{len(videos)} videos in {len(parts)} folds, lists in {args.out}')


if __name__ == '__main__':
    main()
