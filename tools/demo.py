"""The main job in one command: pretrain, fine-tune, test, against from scratch.

For every seed: pretrain with STCR without labels, fine-tune from it on few labels,
train from scratch alike, test both with 10 clips; all through ``tools/train.py`` and
``tools/test.py``. Prints a table and writes ``results.json`` and ``results.png`` beside
the runs. What is done is not done again: run the same command to go on.

    python tools/demo.py
    python tools/demo.py --dataset surv_fight --fold 0 --data-root PATH
"""

import argparse
import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib as mpl
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import stats
from steps import (
    ROOT,
    Step,
    StepError,
    read_metrics,
    read_scalars,
    run_chains,
    test_step,
    train_step,
)

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

METHODS = {'scratch': 'from scratch', 'stcr': 'STCR, fine-tuned'}
COLOURS = {'scratch': '#E69F00', 'stcr': '#0072B2'}
"""Okabe and Ito's, which colour-blind people tell apart."""


@dataclass(frozen=True)
class Task:
    """A data set and how to learn from it.

    Attributes:
        title (str): Says what it is and how small.
        prepare (list[str]): Command that makes videos and annotation files.
        pretrain (Path): Config of the pretraining.
        recognize (Path): Config of fine-tuning, training from scratch and testing.
        num_classes (int): Number of classes, for the chance level.
        env (dict): What the configs read from the environment.
        options (list[str]): Settings for all trainings.
    """

    title: str
    prepare: list[str]
    pretrain: Path
    recognize: Path
    num_classes: int
    env: dict[str, str]
    options: list[str] = field(default_factory=list)


def motion_task(args: argparse.Namespace) -> Task:
    """Learn from the rendered motion data set, 5 labelled clips a class."""
    train, test = (6, 2) if args.quick else (60, 25)
    out = args.data_root or _data_folder(args, 'motion')
    tool = ROOT / 'tools' / 'data' / 'motion' / 'render.py'
    size = ['--train-per-class', str(train), '--test-per-class', str(test)]
    return Task(
        title=f'motion: {8 * train} rendered videos of 8 classes, 40 labelled',
        prepare=[sys.executable, str(tool), '--out', str(out), *size],
        pretrain=ROOT / 'configs/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py',
        recognize=ROOT / 'configs/demo/r3d-vcop_16x2x1_motion-rgb.py',
        num_classes=8,
        env=dict(MOTION_ROOT=str(out)),
    )


def surv_fight_task(args: argparse.Namespace) -> Task:
    """Learn from four folds of real surveillance footage, test on the fifth."""
    out = _data_folder(args, 'surv_fight')
    tool = ROOT / 'tools' / 'data' / 'surv_fight.py'
    where = ['--data-root', str(args.data_root), '--out', str(out)]
    return Task(
        title=f'surv_fight: real footage, tested on fold {args.fold} of 0 to 4',
        prepare=[sys.executable, str(tool), *where, '--fold', str(args.fold)],
        pretrain=ROOT / 'configs/demo/stcr_r3d-vcop_16x1x1_surv-fight-rgb.py',
        recognize=ROOT / 'configs/demo/r3d-vcop_16x1x1_surv-fight-rgb.py',
        num_classes=2,
        env=dict(SURV_FIGHT_ROOT=str(out), FOLD=str(args.fold)),
    )


def _data_folder(args: argparse.Namespace, name: str) -> Path:
    return (args.work_dir if args.quick else ROOT) / 'data' / name


TASKS = dict(motion=motion_task, surv_fight=surv_fight_task)


def make_chains(task: Task, work_dir: Path, seeds: list[int]) -> list[list[Step]]:
    """List the steps: of each seed one chain with pretraining and one without."""
    with_pretraining, without = [], []
    for seed in seeds:
        run = work_dir / f'seed_{seed}'
        pretrain = train_step(
            f'pretrain, seed {seed}', task.pretrain, run / 'pretrain', seed,
            options=task.options,
        )  # fmt: skip
        with_pretraining.append([pretrain, *_recognize(task, run, 'stcr', seed)])
        without.append(_recognize(task, run, 'scratch', seed))
    return with_pretraining + without


def _recognize(task: Task, run: Path, method: str, seed: int) -> list[Step]:
    trained = run / method
    start_from = run / 'pretrain' if method == 'stcr' else None
    verb = 'fine-tune' if start_from else 'from scratch'
    return [
        train_step(
            f'{verb}, seed {seed}', task.recognize, trained, seed, start_from,
            task.options,
        ),
        test_step(
            f'test {verb}, seed {seed}', task.recognize, run / f'{method}_test', trained
        ),
    ]  # fmt: skip


def summarize(top1: dict[str, dict[int, float]]) -> dict:
    """Summarize accuracies; the difference is paired by seed.

    Args:
        top1 (dict): Method, then seed, to top-1 accuracy in percent.

    Returns:
        dict: For each method ``mean`` and ``std`` (sample standard deviation, None for
        one seed); for the ``difference`` also ``interval``, half the width of the 95%
        confidence interval (Student's t).
    """
    difference = {s: top1['stcr'][s] - top1['scratch'][s] for s in top1['stcr']}
    summary = {}
    for name, values in {**top1, 'difference': difference}.items():
        many = len(values) > 1
        std = float(np.std(list(values.values()), ddof=1)) if many else None
        mean = float(np.mean(list(values.values())))
        summary[name] = dict(per_seed=values, mean=mean, std=std)
    std, n, interval = summary['difference']['std'], len(difference), None
    if std is not None:
        interval = float(stats.t.ppf(0.975, n - 1)) * std / n**0.5
    summary['difference']['interval'] = interval
    return summary


def conclude(difference: dict) -> str:
    """Say in words whether pretraining helped."""
    text = f'STCR minus from scratch: {difference["mean"]:+.1f} points'
    if difference['interval'] is None:
        return f'{text}; one seed says nothing about its certainty.'
    text += f', 95% interval ±{difference["interval"]:.1f}'
    if abs(difference['mean']) <= difference['interval']:
        return f'{text}: no difference that these seeds could tell.'
    helps = 'helps' if difference['mean'] > 0 else 'does not help, it harms'
    return f'{text}: pretraining {helps} at this scale.'


def tell_collapse(monitored: Mapping[int, dict[str, list[float]]]) -> str:
    """Say in words whether the features collapsed while pretraining."""
    left = {
        name: min(figures[name][1] / figures[name][0] for figures in monitored.values())
        for name in ('spread_clean', 'rank_clean')
        if all(name in figures for figures in monitored.values())
    }
    lost = [f'{name} to {100 * part:.0f}%' for name, part in left.items() if part < 0.25]
    if not lost:
        return 'No collapse of the features was seen while pretraining.'
    return f'The features collapsed while pretraining: {", ".join(lost)} of its start.'


def collapse_figures(scalars: list[dict[str, float]]) -> dict[str, list[float]]:
    """Give first and last value of what the collapse monitor logged."""
    names = sorted({k for line in scalars for k in line if k[:5] in ('sprea', 'rank_')})
    series = {name: [line[name] for line in scalars if name in line] for name in names}
    return {name: [values[0], values[-1]] for name, values in series.items()}


def hardware() -> dict[str, object]:
    """Describe what the job ran on."""
    import torch

    cuda = torch.cuda.is_available()
    return dict(
        device=torch.cuda.get_device_name(0) if cuda else 'cpu',
        processor=platform.processor() or platform.machine(),
        cpu_count=count_cpus(),
        torch=torch.__version__,
        python=platform.python_version(),
    )


def count_cpus() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def print_table(task: Task, summary: dict, console: Console) -> None:
    """Print methods, seeds and accuracies."""
    table = Table(title=f'{task.title}\n(small scale: a demonstration)')
    table.add_column('method')
    for name in ('seeds', 'top-1 mean', '± std'):
        table.add_column(name, justify='right')
    for method, name in METHODS.items():
        row = summary[method]
        std = '-' if row['std'] is None else f'{row["std"]:.1f}'
        table.add_row(name, str(len(row['per_seed'])), f'{row["mean"]:.1f}', std)
    table.add_row('chance', '-', f'{100 / task.num_classes:.1f}', '-')
    console.print(table)


def draw_figure(
    task: Task, summary: dict, scalars: Mapping[int, list[dict]], path: Path
) -> None:
    """Draw the accuracies beside what happened while pretraining."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout='constrained')
    figure.suptitle(task.title)
    _draw_accuracies(left, summary, 100 / task.num_classes)
    _draw_pretraining(right, scalars)
    figure.legend(*right.get_legend_handles_labels(), loc='outside lower right', ncols=3)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw_accuracies(axes: plt.Axes, summary: dict, chance: float) -> None:
    for place, method in enumerate(METHODS):
        row, colour = summary[method], COLOURS[method]
        axes.bar(place, row['mean'], 0.6, yerr=row['std'], capsize=6, color=colour,
                 alpha=0.6)  # fmt: skip
        values = list(row['per_seed'].values())
        spots = place + np.linspace(-0.15, 0.15, len(values))
        axes.plot(spots, values, 'o', color=colour, markeredgecolor='black')
    axes.axhline(chance, color='black', linestyle='--', label='chance')
    axes.set(title='Test, 10 clips (bar: mean ± std, dot: one seed)', ylim=(0, 100))
    axes.set_xticks(range(len(METHODS)), METHODS.values())
    axes.set_ylabel('top-1 accuracy (%)')
    axes.legend()


def _draw_pretraining(axes: plt.Axes, scalars: Mapping[int, list[dict]]) -> None:
    curves = {'loss': ('#D55E00', '-'), 'rank_clean': ('#009E73', '--'),
              'spread_clean': ('#0072B2', ':')}  # fmt: skip
    for number, lines in enumerate(scalars.values()):
        for name, (colour, style) in curves.items():
            points = [(line['step'], line[name]) for line in lines if name in line]
            if points:
                steps, values = np.array(points).T
                label = name.replace('_clean', ' of the features')
                label = label if number == 0 else None
                axes.plot(steps, values / values[0], style, color=colour, label=label)
    axes.set(title='STCR pretraining, one line a seed', yscale='log')
    axes.set(xlabel='iteration', ylabel='value / first value')


def check_same_settings(work_dir: Path, task: Task) -> None:
    """Refuse to go on with runs that were started with other settings.

    Raises:
        ValueError: If data set, configs or options are not those of before.
    """
    files = sorted((ROOT / 'configs' / 'demo').glob('*.py'))
    configs = b''.join(path.read_bytes() for path in files)
    settings = dict(
        title=task.title,
        env=task.env,
        options=task.options,
        configs=hashlib.sha256(configs).hexdigest(),
    )
    path = work_dir / 'settings.json'
    if path.exists() and json.loads(path.read_text()) != settings:
        raise ValueError(
            f'{work_dir} was begun with another data set or other configs: '
            'give another --work-dir or delete it'
        )
    work_dir.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings, indent=2))


def run_demo(args: argparse.Namespace) -> None:
    """Prepare the data, run all steps, report."""
    started, console = time.perf_counter(), Console()
    task = TASKS[args.dataset](args)
    if args.quick:
        task.options.append('train_cfg.max_epochs=1')
    check_same_settings(args.work_dir, task)
    if subprocess.run(task.prepare, cwd=ROOT).returncode:
        raise StepError(f'preparing the data failed: {" ".join(task.prepare)}')
    prepared = time.perf_counter() - started
    console.print(f'{"prepare data":28} {prepared:6.1f} s', highlight=False)
    chains = make_chains(task, args.work_dir, args.seeds)
    threads = str(max(1, count_cpus() // args.jobs))
    run_chains(chains, args.jobs, {**task.env, 'OMP_NUM_THREADS': threads})
    seconds = {'prepare data': round(prepared, 1)}
    seconds |= {step.name: step.seconds for chain in chains for step in chain}
    seconds['this command'] = round(time.perf_counter() - started, 1)
    report(task, args, seconds, console)


def report(
    task: Task, args: argparse.Namespace, seconds: dict[str, float], console: Console
) -> None:
    """Print the table; write ``results.json`` and ``results.png``."""
    runs = {seed: args.work_dir / f'seed_{seed}' for seed in args.seeds}
    top1 = {
        method: {
            seed: 100 * read_metrics(run / f'{method}_test')['acc/top1']
            for seed, run in runs.items()
        }
        for method in METHODS
    }
    summary = summarize(top1)
    scalars = {seed: read_scalars(run / 'pretrain') for seed, run in runs.items()}
    monitored = {seed: collapse_figures(lines) for seed, lines in scalars.items()}
    conclusion = f'{conclude(summary["difference"])} {tell_collapse(monitored)}'
    results = dict(
        dataset=task.title,
        configs=[str(p.relative_to(ROOT)) for p in (task.pretrain, task.recognize)],
        options=task.options,
        seeds=args.seeds,
        hardware=hardware(),
        jobs=args.jobs,
        chance=100 / task.num_classes,
        top1_percent=summary,
        conclusion=conclusion,
        collapse_monitor=monitored,
        wall_seconds=seconds,
    )
    (args.work_dir / 'results.json').write_text(json.dumps(results, indent=2))
    draw_figure(task, summary, scalars, args.work_dir / 'results.png')
    print_table(task, summary, console)
    console.print(conclusion, highlight=False)
    console.print(f'{seconds["this command"]:.0f} s; results in {args.work_dir}')


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(
        description='Pretrain with STCR, fine-tune, test; compare with from scratch.'
    )
    add = parser.add_argument
    add('--dataset', choices=list(TASKS), default='motion')
    add('--data-root', type=Path, help='motion: where to render to (data/motion); '
        'surv_fight: where the data set is')  # fmt: skip
    add('--fold', type=int, default=0, help='surv_fight: the fold to test on')
    add('--work-dir', type=Path, help='default: work_dirs/demo[_surv_fight_fold_K]')
    add('--seeds', type=int, nargs='+', default=[0, 1, 2])
    add('--jobs', type=int, default=min(2, count_cpus()),
        help='trainings at a time (default: %(default)s)')  # fmt: skip
    add('--quick', action='store_true',
        help='one epoch on a few videos: only shows that everything works')  # fmt: skip
    args = parser.parse_args(argv)
    _check_args(parser, args)
    return args


def _check_args(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    if args.dataset == 'surv_fight' and args.data_root is None:
        parser.error('--dataset surv_fight needs --data-root, the folder of its videos')
    if args.data_root is not None:
        args.data_root = args.data_root.resolve()
    if len(set(args.seeds)) < len(args.seeds) or min(args.seeds) < 0:
        parser.error(f'--seeds must be different and not negative, got {args.seeds}')
    if args.jobs < 1:
        parser.error(f'--jobs must be at least 1, got {args.jobs}')
    if args.work_dir is None:
        fold = f'_surv_fight_fold_{args.fold}' if args.dataset == 'surv_fight' else ''
        args.work_dir = ROOT / 'work_dirs' / f'demo{fold}{"_quick" * args.quick}'
    args.work_dir = args.work_dir.resolve()


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        run_demo(args)
    except KeyboardInterrupt:
        sys.exit('demo.py: interrupted; run the same command to go on')
    except (StepError, ValueError) as error:
        sys.exit(f'demo.py: error: {error}')


if __name__ == '__main__':
    main()
