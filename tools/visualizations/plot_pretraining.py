"""Draw what trainings logged, several side by side: a color a run.

    python tools/visualizations/plot_pretraining.py WORK_DIR... --out FILE.png

Losses, spread and rank of the features, with the line below which they count as
collapsed, and what validation measured, with that of a guess (``--classes``). A work
directory is that of one training, all its resumptions included.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from stcr_mmaction.apis.pictures import write
from stcr_mmaction.apis.scalars import read_series
from stcr_mmaction.apis.training_panels import draw_panels, list_panels


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    try:
        names = args.names or short_names(args.work_dirs)
        runs = {
            name: read_series(folder)
            for name, folder in zip(names, args.work_dirs, strict=True)
        }
        panels = list_panels({key for series in runs.values() for key in series})
    except ValueError as error:
        sys.exit(f'plot_pretraining.py: error: {error}')
    write(draw_panels(panels, runs, args.classes and 1 / args.classes), args.out)
    print(args.out)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('work_dirs', type=Path, nargs='+', metavar='WORK_DIR', help='of a training')
    add('--out', type=Path, required=True, metavar='FILE.png', help='the picture')
    add('--names', nargs='+', help='of the trainings, for the picture')
    add('--classes', type=int, help='their number, for the line of a guess')
    args = parser.parse_args(argv)
    if args.names and len(set(args.names)) != len(args.work_dirs):
        parser.error(f'--names needs {len(args.work_dirs)} names that differ')
    return args


def short_names(folders: Sequence[Path]) -> list[str]:
    """Name folders by as few parts of their paths as tell them apart."""
    parts = [folder.resolve().parts for folder in folders]
    for count in range(1, max(map(len, parts)) + 1):
        names = ['/'.join(one[-count:]) for one in parts]
        if len(set(names)) == len(names):
            return names
    raise ValueError(f'a work directory is given twice: {", ".join(map(str, folders))}')


if __name__ == '__main__':
    main()
