"""The main job in one command: pretrain, fine-tune, test, against from scratch.

For every seed: pretrain with STCR without labels, fine-tune from it on few labels,
train from scratch alike, test both with 10 clips; all through ``tools/train.py`` and
``tools/test.py``. Both learn from temporal gradients, which help from scratch as well.
Prints a table and writes ``results.json`` and ``results.png`` beside the runs. What is
done is not done again: run the same command to go on.

    python -m tools.experiments.demo
    python -m tools.experiments.demo --dataset surv_fight --fold 0 --data-root PATH
"""

import argparse
import hashlib
import json
import time
from pathlib import Path

from rich.console import Console

from tools.visualizations.plot_pretraining import read_scalars

from . import ROOT
from .demo_report import (
    METHODS,
    conclude,
    draw_figure,
    print_table,
    summarize,
    tell_collapse,
)
from .demo_tasks import CONFIGS, TASKS, Task
from .machine import count_cpus, hardware, job_environments
from .steps import (
    Step,
    command_line,
    prepare_data,
    read_metrics,
    run_steps,
    test_step,
    train_step,
)
from .training_logs import collapse_figures


def make_steps(task: Task, work_dir: Path, seeds: list[int]) -> list[Step]:
    """List the steps of each seed, those with pretraining first."""
    with_pretraining, without = [], []
    for seed in seeds:
        run = work_dir / f'seed_{seed}'
        pretrain = train_step(
            f'pretrain, seed {seed}', task.pretrain, run / 'pretrain', seed,
            options=task.options,
        )  # fmt: skip
        with_pretraining += [pretrain, *_recognize(task, run, seed, pretrain)]
        without += _recognize(task, run, seed)
    return with_pretraining + without


def _recognize(
    task: Task, run: Path, seed: int, pretrain: Step | None = None
) -> list[Step]:
    if pretrain:
        method, verb, config = 'stcr', 'fine-tune', task.fine_tune
    else:
        method, verb, config = 'scratch', 'from scratch', task.scratch
    train = train_step(
        f'{verb}, seed {seed}', config, run / method, seed, pretrain, task.options
    )
    name = f'test {verb}, seed {seed}'
    return [train, test_step(name, config, run / f'{method}_test', train)]


def check_same_settings(work_dir: Path, task: Task) -> None:
    """Refuse to go on with runs that were started with other settings.

    Raises:
        ValueError: If data set, configs or options are not those of before.
    """
    files = sorted(CONFIGS.glob('*.py'))
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
        task.options.append('train_cfg.max_epochs=2')
    check_same_settings(args.work_dir, task)
    prepare_data([task.prepare])
    prepared = time.perf_counter() - started
    console.print(f'{"prepare data":28} {prepared:6.1f} s', highlight=False)
    steps = make_steps(task, args.work_dir, args.seeds)
    environments = [{**task.env, **env} for env in job_environments(args.jobs)]
    run_steps(steps, environments)
    seconds = {'prepare data': round(prepared, 1)}
    seconds |= {step.name: step.seconds for step in steps}
    seconds['last command'] = round(time.perf_counter() - started, 1)
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
        scale=task.scale,
        configs={
            name: str(getattr(task, name).relative_to(ROOT))
            for name in ('pretrain', 'fine_tune', 'scratch')
        },
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
    console.print(f'{seconds["last command"]:.0f} s; results in {args.work_dir}')


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
        help='trainings at a time, on each GPU (default: %(default)s)')  # fmt: skip
    add('--quick', action='store_true',
        help='two epochs on a few videos: only shows that everything works')  # fmt: skip
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
    with command_line('demo.py'):
        run_demo(args)


if __name__ == '__main__':
    main()
