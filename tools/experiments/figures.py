"""Draw the pictures of docs/figures, most of them from the demo's checkpoints.

    python -m tools.experiments.figures            # into work_dirs/figures
    python -m tools.experiments.figures --docs     # also copy them to docs/figures

If the demo has not been run, one seed of it is run first; see ``demo``. To show a
collapse, a network is also pretrained with the recipe ``paper``, for a few minutes.
``docs/pictures.md`` says how to read the pictures.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from tools.visualizations.scene import render_ball

from . import ROOT
from .demo.__main__ import TINY
from .steps import StepError, command_line, last_checkpoint
from .videos import write_video

PAPER = 'configs/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py'
PICTURES = 'tools/visualizations'
SIDE = 112
"""Pixels of the clips of the preview: those of the paper."""


def main() -> None:
    """Run the command line tool."""
    args = parse_args()
    with command_line('figures.py'):
        runs = find_runs(args.demo)
        args.out.mkdir(parents=True, exist_ok=True)
        collapsed = pretrain_by_the_paper(args)
        commands = list_commands(runs, collapsed, args.out)
        for name, command in commands.items():
            run(*command, '--out', str(args.out / f'{name}.png'))
    if args.docs:
        for name in commands:
            shutil.copy(args.out / f'{name}.png', ROOT / 'docs' / 'figures')


def find_runs(demo: Path) -> Path:
    """Return the folder of the demo's first seed; run that seed if there is none."""
    runs = demo / 'seed_0'
    if not (runs / 'evaluation.json').is_file():
        run('-m', 'tools.experiments.demo', '--seeds', '0', '--work-dir', str(demo))
    return runs


def pretrain_by_the_paper(args: argparse.Namespace) -> Path:
    """Pretrain with the recipe ``paper`` if needed; return the work directory."""
    folder = args.out / 'paper'
    if not (folder / 'report.html').is_file():
        options = ['--recipe', 'paper', '--epochs', '8', *TINY]
        videos, out = str(args.demo / 'videos'), ['--out', str(folder)]
        run('-m', 'stcr_mmaction', 'pretrain', videos, *out, *options)
    return folder / 'pretrain'


def list_commands(runs: Path, collapsed: Path, out: Path) -> dict[str, list[str]]:
    """Return for each picture the tool that draws it, with its arguments."""
    tuned, scratch = (str(last_checkpoint(runs / n)) for n in ('finetune', 'scratch'))
    config = str(runs / 'finetune.py')
    classifiers = [config, tuned, config, scratch]
    classifiers += ['--names', 'pretrained', 'from scratch']
    trainings = [str(runs / 'pretrain'), str(collapsed)]
    trainings += ['--names', 'recipe contrast', 'recipe paper']
    return {
        'method': [f'{PICTURES}/method.py'],
        'preview': [f'{PICTURES}/preview_pipeline.py', PAPER, *of_balls(out)],
        'training': [f'{PICTURES}/plot_pretraining.py', *trainings],
        'class_differences': [f'{PICTURES}/class_differences.py', *classifiers],
    }


def of_balls(out: Path) -> list[str]:
    """Render some videos; return options for the paper's pipeline, without crops."""
    folder = out / 'balls'
    for seed in range(3):
        write_video(folder / f'{seed}.mp4', render_ball(seed, 32, SIDE))
    (folder / 'videos.txt').write_text(''.join(f'{seed}.mp4 0\n' for seed in range(3)))
    data, size = 'train_dataloader.dataset', f'({SIDE},{SIDE})'
    options = [f'{data}.ann_file={folder / "videos.txt"}']
    options += [f'{data}.data_prefix.video={folder}', f'{data}.pipeline.4.scale={size}']
    paths = [f'{data}.pipeline.5.{path}.0.size={SIDE}' for path in ('clean', 'noise')]
    return ['--samples', '2', '--seed', '11', '--cfg-options', *options, *paths]


def run(*command: str) -> None:
    """Run ``python`` with these arguments; the user sees the output."""
    print(f'\n{" ".join(command[:2])}', flush=True)
    done = subprocess.run([sys.executable, '-W', 'ignore', *command], cwd=ROOT)
    if done.returncode:
        raise StepError(f'{" ".join(command)} failed, exit status {done.returncode}')


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    work_dirs = ROOT / 'work_dirs'
    add('--demo', type=Path, default=work_dirs / 'demo', help="the demo's --work-dir")
    add('--out', type=Path, default=work_dirs / 'figures', help='folder to write to')
    add('--docs', action='store_true', help='copy the pictures to docs/figures')
    args = parser.parse_args()
    for name in ('demo', 'out'):
        setattr(args, name, getattr(args, name).resolve())
    return args


if __name__ == '__main__':
    main()
