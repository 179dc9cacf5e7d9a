"""Measure the cost of STCR, as ratios within one run.

    python -m tools.experiments.benchmark [--device cuda] [--videos FOLDER]

A ratio is the median over rounds of (time of the first) / (time of the second). Both run
in turn in every round, so that other load on the machine affects both.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.registry import init_default_scope
from rich.console import Console
from rich.table import Table

import stcr_mmaction  # noqa: F401  registers what is measured

from .paths import compare_augmentations, compare_recipes, compare_routes
from .samples import compare_samples, copy_videos, find_videos, render_video
from .steps import compare_steps
from .through_train import compare_training
from .timing import Row

PARTS = 'augmentations', 'recipes', 'routes', 'samples', 'steps', 'training'


def main() -> None:
    """Measure and print; write the results after each row."""
    args = parse_args()
    init_default_scope('mmaction')
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for row in measure(args, Path(folder)):
            rows.append(row)
            print(f'{row.name}: {row.ratio:.2f} of {row.reference}', flush=True)
            write(rows, args)
    show(rows, args)


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = 'cuda' if torch.cuda.is_available() else 'cpu'
    parser.add_argument('--device', default=default, help='cpu or cuda')
    parser.add_argument('--videos', type=Path, help='folder of videos for the samples')
    parser.add_argument('--batch-size', type=int, help='of the step (2; on a GPU 32)')
    parser.add_argument('--workers', type=int, help='of the training (1; on a GPU 14)')
    parser.add_argument('--size', type=int, default=112, help='of the training clips')
    parser.add_argument('--only', choices=PARTS, nargs='*', default=PARTS)
    parser.add_argument('--out', type=Path, help='write the figures to this JSON file')
    args = parser.parse_args()
    on_cpu = args.device == 'cpu'
    args.batch_size = args.batch_size or (2 if on_cpu else 32)
    args.workers = args.workers or (1 if on_cpu else 14)
    return args


def measure(args: argparse.Namespace, folder: Path) -> Iterator[Row]:
    """Measure the selected parts."""
    videos = find_videos(args.videos) if args.videos else [render_video(folder)]
    copies = folder / 'copies'
    if 'augmentations' in args.only:
        yield from compare_augmentations(args.device)
    if 'recipes' in args.only:
        yield from compare_recipes(args.device)
    if 'routes' in args.only:
        yield from compare_routes(args.device)
    if 'samples' in args.only:
        yield from compare_samples(videos, copies)
    if 'steps' in args.only:
        yield from compare_steps(args.device, args.batch_size, args.size)
    if 'training' in args.only:
        prepared = copy_videos(videos, copies)
        sizes = args.batch_size, args.workers
        yield compare_training(prepared, folder / 'training', args.device, *sizes)


def write(rows: list[Row], args: argparse.Namespace) -> None:
    """Write the JSON file, if one is given."""
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        figures = dict(hardware=hardware(args), rows=[row._asdict() for row in rows])
        args.out.write_text(json.dumps(figures, indent=1) + '\n')


def hardware(args: argparse.Namespace) -> dict:
    """Describe the hardware."""
    name = 'CPU' if args.device == 'cpu' else torch.cuda.get_device_name()
    return dict(device=name, threads=torch.get_num_threads(), torch=torch.__version__)


def show(rows: list[Row], args: argparse.Namespace) -> None:
    """Print the table."""
    table = Table(title=', '.join(f'{k} {v}' for k, v in hardware(args).items()))
    for column in ('', 'against', 'ratio', 'quartiles', 'aim', 'against takes', 'on'):
        table.add_column(column)
    for row in rows:
        low, high = row.quartiles
        table.add_row(
            *(row.name, row.reference, f'{row.ratio:.2f}', f'{low:.2f} to {high:.2f}'),
            *(f'<= {row.aim:.2f}', row.reference_figure, f'{row.what} {row.note}'),
        )
    Console(width=170).print(table)


if __name__ == '__main__':
    main()
