"""Pretrain without labels, and compare with training from scratch.

    python -m tools.experiments.demo                    # rendered motions
    python -m tools.experiments.demo --data FOLDER      # your videos, FOLDER/class/video

Runs the commands of ``stcr`` as on your own videos, for every seed. Prints a table, and
writes ``results.json`` and ``results.png`` next to the runs. Finished steps are not
repeated: run the same command to resume.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from rich.console import Console

from .. import ROOT
from ..machine import hardware, versions
from ..steps import command_line
from .data import divide_folder, render_motions
from .report import conclude, draw, print_table, read_answers
from .seeds import list_commands, run_seeds

TINY = ['--size', 'tiny']
NEXT = """
Next, with your own videos:
  stcr pretrain VIDEOS --out runs/mine
  stcr finetune runs/mine --labels labels.csv       # path,label
  stcr predict  runs/mine NEW_VIDEOS --out predictions.csv"""


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    with command_line('demo'):
        run_demo(args)


def run_demo(args: argparse.Namespace) -> None:
    """Prepare the videos, run every seed, report."""
    started, console = time.monotonic(), Console()
    args.work_dir.mkdir(parents=True, exist_ok=True)
    if args.data:
        data, options = divide_folder(args.data, args.work_dir), []
    else:
        data, options = render_motions(args.work_dir, args.quick), TINY
    if args.quick:
        options = [*options, '--epochs', '2']
    console.print(f'{data.title}. On 2 CPU cores it takes 3 to 10 minutes.')
    runs = {seed: args.work_dir / f'seed_{seed}' for seed in args.seeds}
    jobs = {seed: list_commands(data, run, seed, options) for seed, run in runs.items()}
    run_seeds(jobs, args.work_dir, args.jobs)
    answers, chance = read_answers(runs), 100 / data.num_classes
    print_table(data.title, answers, chance, console)
    draw(data.title, answers, chance, args.work_dir / 'results.png')
    results = dict(
        data=data.title,
        options=options,
        seeds=args.seeds,
        answers={name: found._asdict() for name, found in answers.items()},
        seconds=round(time.monotonic() - started),
        hardware=hardware(),
        versions=versions(),
    )
    (args.work_dir / 'results.json').write_text(json.dumps(results, indent=1) + '\n')
    console.print(conclude(answers), highlight=False, markup=False)
    console.print(f'{results["seconds"]} s; see {args.work_dir / "results.png"}')
    console.print(NEXT, highlight=False, markup=False)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--data', type=Path, help='folder of class/video, instead of rendered motions')
    add('--work-dir', type=Path, help='default: work_dirs/demo, or demo_FOLDER')
    add('--seeds', type=int, nargs='+', default=[0, 1, 2], help='default: 0 1 2')
    add('--jobs', type=int, default=3, help='seeds at a time (default: 3)')
    add('--quick', action='store_true', help='short test, without useful results')
    args = parser.parse_args(argv)
    if len(set(args.seeds)) < len(args.seeds) or min(args.seeds) < 0:
        parser.error(f'--seeds must be different and not negative, got {args.seeds}')
    if args.jobs < 1:
        parser.error(f'--jobs must be 1 or more, got {args.jobs}')
    name = f'demo_{args.data.resolve().name}' if args.data else 'demo'
    default = ROOT / 'work_dirs' / f'{name}{"_quick" * args.quick}'
    args.work_dir = (args.work_dir or default).resolve()
    return args


if __name__ == '__main__':
    sys.exit(main())
