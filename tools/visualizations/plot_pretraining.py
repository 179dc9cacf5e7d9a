"""Draw what trainings logged, several side by side: a panel a figure, a colour a run.

    python tools/visualizations/plot_pretraining.py WORK_DIR... --out FILE.png

Losses, spread and rank of the features, and what validation measured, over iterations.
A work directory is that of one training, all its resumptions included.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

from stcr_mmaction.apis.scalars import Series, read_series

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

COLUMNS = 4


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    try:
        names = short_names(args.work_dirs)
        runs = {
            name: read_series(folder)
            for name, folder in zip(names, args.work_dirs, strict=True)
        }
    except ValueError as error:
        sys.exit(f'plot_pretraining.py: error: {error}')
    draw(runs, args.out)
    print(args.out)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('work_dirs', type=Path, nargs='+', metavar='WORK_DIR', help='of a training')
    add('--out', type=Path, required=True, metavar='FILE.png', help='the picture')
    return parser.parse_args(argv)


def short_names(folders: Sequence[Path]) -> list[str]:
    """Name folders by as few parts of their paths as tell them apart."""
    parts = [folder.resolve().parts for folder in folders]
    for count in range(1, max(map(len, parts)) + 1):
        names = ['/'.join(one[-count:]) for one in parts]
        if len(set(names)) == len(names):
            return names
    raise ValueError(f'a work directory is given twice: {", ".join(map(str, folders))}')


def draw(runs: Mapping[str, Series], path: Path) -> None:
    """Draw a panel of each figure, losses first.

    Args:
        runs (Mapping): Name of a run to its figures, as of :func:`read_series`.
        path (Path): File to write; its folder is made.
    """
    names = sorted({name for series in runs.values() for name in series}, key=panel_order)
    rows, columns = math.ceil(len(names) / COLUMNS), min(COLUMNS, len(names))
    figure, panels = plt.subplots(
        rows, columns, figsize=(4 * columns, 3 * rows + 0.5), layout='constrained',
        sharex=True, squeeze=False,
    )  # fmt: skip
    for panel, name in zip(panels.flat, names, strict=False):
        for number, series in enumerate(runs.values()):
            draw_run(panel, series.get(name, {}), f'C{number}')
        panel.set_title(name)
        panel.tick_params(labelbottom=True)
    for panel in panels.flat[len(names) :]:
        panel.set_visible(False)
    figure.supxlabel('iteration')
    handles = [plt.Line2D([], [], color=f'C{number}') for number in range(len(runs))]
    figure.legend(handles, runs, loc='outside upper center', ncols=min(3, len(runs)))
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def draw_run(panel: plt.Axes, values: dict[int, float], colour: str) -> None:
    """Draw one figure of one run; its few points, as of a validation, are marked."""
    marker = 'o' if len(values) <= 20 else None
    panel.plot(values.keys(), values.values(), color=colour, marker=marker, markersize=4)


def panel_order(name: str) -> tuple[bool, bool, str]:
    """Put losses first and what validation measured, as in ``acc/top1``, last."""
    return '/' in name, 'loss' not in name, name


if __name__ == '__main__':
    main()
