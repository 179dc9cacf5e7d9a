"""Measure on real clips what pretraining without labels gains.

    python -m tools.experiments.real_clips DATA [--sets ...] [--arms ...] [--seeds ...]
    python -m tools.experiments.real_clips DATA --labels 5 20 [--inputs rgb gradients]

DATA has ``real_clips/clips.tsv`` and ``surv_fight/groups.json``. The first command probes
frozen networks. The second fine-tunes them on some labels of each class. Existing results
are kept, so an interrupted measurement resumes.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import torch
from joblib import Parallel, delayed
from mmengine.registry import init_default_scope

import stcr_mmaction  # noqa: F401  registers what is built

from .. import ROOT
from .finetuned import Finetuned
from .frozen import Frozen
from .network import NOT_TRAINED, PIXELS, UNTRAINED, Network, Places, Pretrained
from .probing import INPUTS
from .scale import BACKBONES, SCALES
from .task import Task, load_task

SETS = 'interactions', 'lips'
LISTS = 'real_clips/clips.tsv', 'surv_fight/groups.json'


def main() -> None:
    """Run all jobs without a result, step by step."""
    args = parse_args()
    places = Places(args.work_dir, args.out)
    for jobs in list_steps(args):
        left = [job for job in jobs if not job.file(places).is_file()]
        Parallel(n_jobs=args.jobs)(delayed(run)(job, args.data, places) for job in left)


def list_steps(args: argparse.Namespace) -> list[list]:
    """List the jobs, each once; a step depends on those before it."""
    networks = list(
        itertools.product(args.sets, args.backbones, args.arms, args.seeds, [args.scale])
    )
    if not args.labels:
        probes = [Frozen(*network) for network in networks]
        return [list_pretrainings(probes), probes]
    options = list(itertools.product(args.labels, args.inputs))
    jobs = [Finetuned(*network, *of) for network in networks for of in options]
    tunings = list(dict.fromkeys(job.tuning() for job in jobs))
    return [list_pretrainings([*tunings, *jobs]), tunings, jobs]


def list_pretrainings(jobs: Iterable[Network]) -> list[Pretrained]:
    """List the pretrainings that these jobs need, each once."""
    needed = [
        Pretrained(job.set, job.backbone, job.arm, job.seed, job.size, fold)
        for job in jobs
        if job.arm not in NOT_TRAINED
        for fold in job.folds
    ]
    return list(dict.fromkeys(needed))


def run(job: Pretrained | Frozen | Finetuned, data: Path, places: Places) -> None:
    """Run one job, possibly in its own process."""
    init_default_scope('mmaction')
    job.run(_load(job.set, data, job.scale.height, places.work_dir), places)


@lru_cache(maxsize=1)
def _load(name: str, data: Path, height: int, work_dir: Path) -> Task:
    device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
    return load_task(name, data, height, work_dir).to(device)


def count(text: str) -> int | None:
    """Parse a number of labels; None for all."""
    if text == 'all':
        return None
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'must be all, or 1 or more, got {text}')
    return int(text)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('data', type=Path, help='folder of the sets')
    parser.add_argument('--sets', nargs='+', default=SETS, choices=SETS)
    parser.add_argument('--backbones', nargs='+', default=['r3d'], choices=BACKBONES)
    parser.add_argument(
        '--arms',
        nargs='+',
        default=[UNTRAINED, 'contrast'],
        help=f'{", ".join(NOT_TRAINED)}, names or files of recipes',
    )
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    parser.add_argument('--scale', choices=SCALES, default='cpu')
    parser.add_argument('--labels', nargs='+', type=count, help='per class, or all')
    parser.add_argument(
        '--inputs', nargs='+', default=['rgb'], choices=INPUTS, help='fine-tuning inputs'
    )
    parser.add_argument('--jobs', type=int, default=1, help='parallel jobs')
    parser.add_argument('--work-dir', type=Path, default=ROOT / 'work_dirs/real_clips')
    parser.add_argument('--out', type=Path, default=ROOT / 'docs/results/real_clips')
    args = parser.parse_args(argv)
    if args.labels and PIXELS in args.arms:
        parser.error(f'{PIXELS} is no network, it cannot be fine-tuned: leave it out')
    for file in LISTS:
        if not (args.data / file).is_file():
            parser.error(f'{args.data} has no {file}: name the folder of the sets')
    return args


if __name__ == '__main__':
    main()
