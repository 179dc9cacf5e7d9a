"""Draw what trainings logged, several side by side: a panel a figure, a colour a run.

    python tools/visualizations/plot_pretraining.py WORK_DIR... --out FILE.png

Losses, spread and rank of the features, and what validation measured, over iterations.
A work directory is that of one training, all its resumptions included.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

Series = dict[str, dict[int, float]]

BOOKKEEPING = {'base_lr', 'data_time', 'epoch', 'eta', 'iter', 'lr', 'memory', 'step',
               'time'}  # fmt: skip
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


def read_series(work_dir: Path) -> Series:
    """Read every figure that a training logged.

    Args:
        work_dir (Path): Work directory of the training.

    Returns:
        dict: Name of the figure, then iteration, to value. Where a training was resumed
        from an earlier iteration, what was logged last counts.

    Raises:
        ValueError: If nothing was logged there.
    """
    lines = read_scalars(work_dir)
    if not lines:
        raise ValueError(
            f'{work_dir} has no */vis_data/scalars.json with anything in it: give the '
            'work directory of a training, after its first logged iteration'
        )
    series = defaultdict(dict)
    for iteration, line in zip(iterations(lines), lines, strict=True):
        for name in line.keys() - BOOKKEEPING:
            series[name][iteration] = line[name]
    return {name: dict(sorted(values.items())) for name, values in series.items()}


def read_scalars(folder: Path) -> list[dict[str, float]]:
    """Read what a training logged, over all its resumptions, in order."""
    written = sorted(folder.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for path in written for line in path.open()]


def iterations(lines: list[dict]) -> list[int]:
    """Tell after how many iterations each line was logged.

    A training line says so; that of a validation counts epochs where training does.
    """
    length = epoch_length(lines)
    found, last = [], 0
    for line in lines:
        if 'iter' in line:
            last = line['step']
        # A validation comes after the training lines before it, at the least.
        found.append(last if 'iter' in line else max(last, line['step'] * length))
    return found


def epoch_length(lines: list[dict]) -> int:
    """Tell how many iterations an epoch has: 1 if the training does not count epochs.

    Every epoch logs first after the same number of its own iterations. A single epoch
    does not tell; 0 then.
    """
    first = {}
    for line in lines:
        if 'iter' in line:
            epoch = line.get('epoch')
            first[epoch] = min(line['step'], first.get(epoch, line['step']))
    if None in first:
        return 1
    starts = sorted(first.items())[:2]
    if len(starts) < 2:
        return 0
    (epoch, start), (later, end) = starts
    return (end - start) // (later - epoch)


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
