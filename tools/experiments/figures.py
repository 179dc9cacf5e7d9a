"""Draw every picture of the docs from the demo's checkpoints.

    python -m tools.experiments.figures            # into work_dirs/figures
    python -m tools.experiments.figures --docs     # and copy the pictures to docs/figures

If the demo has not been run, one seed of it is run first; see ``demo``.
``docs/pictures.md`` says how to read the pictures.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

from . import ROOT
from .steps import StepError, command_line, last_checkpoint

PAPER = 'configs/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py'
PICTURES = 'tools/visualizations'


def main() -> None:
    """Run the command line tool."""
    args = parse_args()
    with command_line('figures.py'):
        runs = find_runs(args.demo)
        args.out.mkdir(parents=True, exist_ok=True)
        os.environ['MOTION_ROOT'] = str(args.data_root)
        for command in list_commands(runs, args):
            run(*command)
    if args.docs:
        folder = ROOT / 'docs' / 'figures'
        folder.mkdir(exist_ok=True)
        for picture in sorted(args.out.glob('*.png')):
            shutil.copy(picture, folder)


def find_runs(demo: Path) -> Path:
    """Return the folder of the demo's first seed, and run that if it is not there."""
    runs = demo / 'seed_0'
    if not (runs / 'evaluation.json').is_file():
        run('-m', 'tools.experiments.demo', '--seeds', '0', '--work-dir', str(demo))
    return runs


def list_commands(runs: Path, args: argparse.Namespace) -> list[list[str]]:
    """List the tools that draw, with their arguments."""
    pretrained, tuned, scratch = (
        str(last_checkpoint(runs / name)) for name in ('pretrain', 'finetune', 'scratch')
    )
    config = str(runs / 'finetune.py')
    out = {
        name: ['--out', str(args.out / f'{name}.png')]
        for name in (
            'preview', 'training', 'retrieval', 'transform_consistency', 'heat_maps',
            'class_differences', 'tsne',
        )
    }  # fmt: skip
    features = [config, pretrained, config, 'none']
    features += ['--names', 'pretrained', 'untrained']
    classifiers = [config, tuned, config, scratch]
    classifiers += ['--names', 'pretrained', 'from scratch']
    some = ['--limit', str(args.limit)]
    return [
        [f'{PICTURES}/preview_pipeline.py', PAPER, *out['preview']],
        [
            f'{PICTURES}/plot_pretraining.py',
            *(str(runs / 'pretrain'), *out['training']),
        ],
        [
            *('tools/retrieval.py', config, pretrained, *out['retrieval']),
            *('--protocol', 'pooled', '--topk', '1', '5', '10', '20'),
            *('--work-dir', str(args.out / 'retrieval')),
        ],
        [
            *(f'{PICTURES}/transform_consistency.py', *features, *some),
            *out['transform_consistency'],
        ],
        [f'{PICTURES}/heat_maps.py', *features, *some, *out['heat_maps']],
        [
            *(f'{PICTURES}/class_differences.py', *classifiers),
            *out['class_differences'],
        ],
        [f'{PICTURES}/tsne.py', *features, *out['tsne'], '--num-classes', '6'],
    ]


def run(*command: str) -> None:
    """Run a tool, by the words after ``python``; its output is the user's."""
    print(f'\n{" ".join(command[:2])}', flush=True)
    done = subprocess.run([sys.executable, '-W', 'ignore', *command], cwd=ROOT)
    if done.returncode:
        raise StepError(f'{" ".join(command)} failed, exit status {done.returncode}')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    work_dirs = ROOT / 'work_dirs'
    motion = Path(os.environ.get('MOTION_ROOT', ROOT / 'data' / 'motion_demo'))
    add('--demo', type=Path, default=work_dirs / 'demo', help="the demo's --work-dir")
    add('--data-root', type=Path, default=motion, help='the rendered videos')
    add('--out', type=Path, default=work_dirs / 'figures', help='work_dirs/figures')
    add('--limit', type=int, default=60, help='test videos, where not all are needed')
    add('--docs', action='store_true', help='copy the pictures to docs/figures')
    args = parser.parse_args()
    for name in ('demo', 'data_root', 'out'):
        setattr(args, name, getattr(args, name).resolve())
    return args


if __name__ == '__main__':
    main()
