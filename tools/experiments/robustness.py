"""Test robustness: kill trainings, damage videos, and set bad options.

    python -m tools.experiments.robustness --out docs/robustness.md

Small videos are rendered into ``--work-dir``, a new folder. Inputs with a wrong result
are kept there. The exit status is 1 if there is any.
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
from .steps import prepare_data
from .trials.bad_annotations import try_bad_annotations
from .trials.bad_configs import try_bad_configs
from .trials.bad_videos import try_bad_videos, write_sources
from .trials.endings import end_trainings
from .trials.kills import kill_and_resume
from .trials.memory import measure_growth

RENDER = '--train-per-class 1 --val-per-class 1 --test-per-class 1 --labels-per-class 1'
MAX_GROWTH = 0.05
PAGE = """\
# Robustness

Written by `python -m tools.experiments.robustness`; do not edit.

| what was tried | tried | right | wrong |
| :-- | --: | :-- | --: |
| kills (SIGKILL) of a training, which is then resumed | {kills} | {equal} of {runs} \
trainings ended as an undisturbed one does, to the bit; {in_the_write} kills came while \
a checkpoint was written | {unequal} |
| damaged videos | {videos} | {v_loaded} gave a sample of the right shape and type; \
{v_refused} gave an error that names the file | {v_wrong} |
| annotation files with random lines | {annotations} | {a_loaded} were read as a simple \
reference reads them; {a_refused} were refused by an error that names the file | \
{a_wrong} |
| configs with random options | {configs} | {c_trained} trained a step with finite \
losses; {c_refused} were refused by a message while they were built | {c_wrong} |
| trainings of two processes, while all processors are busy | {endings} | {whole_right} \
of {whole} that end by themselves had exit status 0 in both processes; {ended_right} of \
{ended} that an error, Ctrl-C or SIGTERM stopped did stop in both, none by an abort | \
{e_wrong} |
| clips loaded by one process | {clips} | resident memory was {early:.0f} MiB after 500 \
clips and {late:.0f} MiB after all: {growth:+.1%} | {grown} |

Everything random is drawn from seed {seed}. A training is killed up to 5 times, at random
moments. Checkpoints are written at each iteration or each epoch, and there are 0, 1 or 2
workers. The optimizer's state is compared as well as the weights. A process that does not
end within two minutes counts as wrong. Videos are damaged by flipped bits, a missing end,
a part of zeros, splicing or noise. A damaged video that loads may still show wrong
pictures: decoders hide errors, and this is not tested.

Hardware: {hardware}. Code: {code}. {minutes:.0f} minutes.
"""


def main() -> int:
    """Run all trials, print and write the page; return the exit status."""
    args = parse_args()
    torch.set_num_threads(1)  # threads and forked processes do not go together
    init_default_scope('mmaction')
    started = time.perf_counter()
    folder = args.work_dir.resolve()
    folder.mkdir(parents=True)
    where = ['--out', str(folder / 'motion')]
    prepare_data([['-m', 'tools.experiments.motion', *where, *RENDER.split()]])
    os.environ['MOTION_ROOT'] = str(folder / 'motion')
    sources = write_sources(folder / 'sources')
    trials = dict(
        kills=kill_and_resume(args.kills, folder / 'kills', args.seed),
        videos=try_bad_videos(args.videos, sources, folder / 'videos', args.seed),
        annotations=try_bad_annotations(
            args.annotations, folder / 'annotations', args.seed
        ),
        configs=try_bad_configs(args.configs, folder / 'configs', args.seed),
        endings=end_trainings(args.endings, sources, folder / 'endings', args.seed),
    )
    figures = {name: add_up(name, trial) for name, trial in trials.items()}
    memory = measure_growth(args.clips, sources)
    minutes = (time.perf_counter() - started) / 60
    page, wrong = write_page(figures, memory, args.seed, minutes)
    print(page)
    if args.out:
        args.out.write_text(page)
    return int(wrong > 0)


def add_up(name: str, trial: Iterator[Counter]) -> Counter:
    """Run a trial with a progress bar."""
    figures = Counter()
    for more in track(trial, name, total=None):
        figures.update(more)
    return figures


def write_page(
    figures: dict[str, Counter], memory: dict[str, float], seed: int, minutes: float
) -> tuple[str, int]:
    """Return the page, and the number of wrong results."""
    kills, videos, annotations, configs, endings = figures.values()
    grown = int(memory['growth'] > MAX_GROWTH)
    wrong = dict(
        unequal=kills['runs'] - kills['equal'],
        v_wrong=videos['wrong'],
        a_wrong=annotations['wrong'],
        c_wrong=configs['wrong'],
        e_wrong=endings['endings'] - endings['whole_right'] - endings['early_right'],
        grown=grown,
    )
    machine, code = hardware(), versions()
    page = PAGE.format(
        **{name: kills[name] for name in ('kills', 'runs', 'equal', 'in_the_write')},
        **{name: endings[name] for name in ('endings', 'whole', 'whole_right')},
        ended=endings['early'],
        ended_right=endings['early_right'],
        videos=videos['videos'],
        annotations=annotations['annotations'],
        configs=configs['configs'],
        v_loaded=videos['loaded'],
        v_refused=videos['refused'],
        a_loaded=annotations['loaded'],
        a_refused=annotations['refused'],
        c_trained=configs['trained'],
        c_refused=configs['refused'],
        **memory,
        **wrong,
        seed=seed,
        minutes=minutes,
        hardware=f'{machine["device"]}, {machine["cpu_count"]} processors',
        code=f'stcr_mmaction {code["stcr_mmaction"]} at {code.get("commit", "?")}, '
        f'torch {machine["torch"]}',
    )
    return page, sum(wrong.values())


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
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
    parser.add_argument('--out', type=Path, help='write the page to this file')
    args = parser.parse_args()
    if args.work_dir.exists():
        parser.error(f'--work-dir {args.work_dir} exists already: name a new folder')
    return args


if __name__ == '__main__':
    sys.exit(main())
