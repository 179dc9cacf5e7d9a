"""Test robustness: kill trainings, damage videos, and set bad options.

    python -m tools.experiments.robustness --out docs/robustness [--parts kills videos]

Each part writes a result into ``--out``, and the page beside it is written anew from all
results. Small videos are rendered into ``--work-dir``, a new folder. Inputs with a wrong
result are kept there. The exit status is 1 if there is any.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch
from mmengine.registry import init_default_scope
from rich.progress import track

import stcr_mmaction  # noqa: F401

from .machine import hardware, versions
from .result import write_result
from .robustness_page import ROWS, write_page
from .steps import prepare_data
from .trials.bad_annotations import try_bad_annotations
from .trials.bad_configs import try_bad_configs
from .trials.bad_videos import try_bad_videos, write_sources
from .trials.endings import end_trainings
from .trials.kills import kill_and_resume
from .trials.memory import measure_growth

RENDER = '--train-per-class 1 --val-per-class 1 --test-per-class 1 --labels-per-class 1'


def main() -> int:
    """Run the parts, print and write the page; return the exit status."""
    args = parse_args()
    torch.set_num_threads(1)  # threads and forked processes do not go together
    init_default_scope('mmaction')
    folder = args.work_dir.resolve()
    folder.mkdir(parents=True)
    where = ['--out', str(folder / 'motion')]
    prepare_data([['-m', 'tools.experiments.motion', *where, *RENDER.split()]])
    os.environ['MOTION_ROOT'] = str(folder / 'motion')
    sources = write_sources(folder / 'sources')
    for part in args.parts:
        started = time.perf_counter()
        counts = try_part(part, args, sources, folder / part)
        minutes = (time.perf_counter() - started) / 60
        result = dict(counts=counts, seed=args.seed, minutes=minutes, **describe())
        write_result(args.out / f'{part}.json', result)
    page, wrong = write_page(args.out)
    print(page)
    args.out.with_suffix('.md').write_text(page)
    return int(wrong > 0)


def try_part(
    part: str, args: argparse.Namespace, sources: list[Path], folder: Path
) -> dict[str, float]:
    """Run one part; return its counts."""
    if part == 'clips':
        return measure_growth(args.clips, sources)
    trials = dict(
        kills=lambda: kill_and_resume(args.kills, folder, args.seed),
        videos=lambda: try_bad_videos(args.videos, sources, folder, args.seed),
        annotations=lambda: try_bad_annotations(args.annotations, folder, args.seed),
        configs=lambda: try_bad_configs(args.configs, folder, args.seed),
        endings=lambda: end_trainings(args.endings, sources, folder, args.seed),
    )
    return add_up(part, trials[part]())


def describe() -> dict[str, str]:
    """Describe the machine and the code."""
    machine, code = hardware(), versions()
    return dict(
        hardware=f'{machine["device"]}, {machine["cpu_count"]} processors, torch '
        f'{machine["torch"]}',
        code=f'{code["stcr_mmaction"]} at {code.get("commit", "?")}',
    )


def add_up(name: str, trial: Iterator[Counter]) -> Counter:
    """Run a trial with a progress bar."""
    counts = Counter()
    for more in track(trial, name, total=None):
        counts.update(more)
    return counts


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--parts', nargs='+', choices=ROWS, default=list(ROWS))
    parser.add_argument('--kills', type=int, default=200, help='default: 200')
    parser.add_argument('--videos', type=int, default=1000, help='default: 1000')
    parser.add_argument('--annotations', type=int, default=500, help='default: 500')
    parser.add_argument('--configs', type=int, default=500, help='default: 500')
    parser.add_argument('--endings', type=int, default=200, help='default: 200')
    parser.add_argument('--clips', type=int, default=5000, help='default: 5000')
    parser.add_argument('--seed', type=int, default=0, help='of all draws; default: 0')
    parser.add_argument(
        '--work-dir',
        type=Path,
        default=Path('work_dirs/robustness'),
        help='a new folder; default: work_dirs/robustness',
    )
    parser.add_argument(
        '--out', type=Path, help='folder of the results; default: in --work-dir'
    )
    args = parser.parse_args()
    if args.work_dir.exists():
        parser.error(f'--work-dir {args.work_dir} exists already: name a new folder')
    args.out = args.out or args.work_dir / 'results'
    return args


if __name__ == '__main__':
    sys.exit(main())
