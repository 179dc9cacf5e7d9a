"""Train and test configs on several splits with several seeds: mean and spread.

    python -m tools.experiments.splits CONFIG [CONFIG ...] --splits 1 2 3 --seeds 0 1 2

Each CONFIG is trained and tested with each seed on each split. It reads the number of the
split from the environment, as ``{{$SPLIT:1}}``. Finished runs are not repeated: run the
same command to resume. As in the paper's Table 4, the table has the mean over splits;
standard deviations are over seeds. ``--metafile`` writes it to the entry of each config
in ``configs/stcr/metafile.yml``.
"""

from __future__ import annotations

import argparse
import os
import pprint
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmengine.config import Config
from mmengine.fileio import dump
from mmengine.logging import MMLogger

from . import experiment
from .paired_statistics import mean_and_std
from .report_tables import mean_text, table
from .results import Result, load_results, metric_of
from .spec import Experiment, load_experiment
from .steps import command_line
from .write_metafile import DATASETS, METAFILE, dataset_of, read, write


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    MMLogger.get_current_instance().setLevel('WARNING')
    with command_line('splits.py'):
        sys.exit(run(args))


def run(args: argparse.Namespace) -> int:
    """Run all unfinished runs and print the table; return the exit status."""
    spec = write_spec(args)
    results = args.work_dir / 'results'
    status = experiment.run_experiment(
        argparse.Namespace(
            spec=spec,
            work_dir=args.work_dir,
            results=results,
            jobs=args.jobs,
            seeds=None,
            only=[],
            dry_run=args.dry_run,
        )
    )
    if status or args.dry_run:
        return status
    found = load_results(results, load_experiment(spec))
    figures = gather(found.experiment, found.found)
    print('\n'.join(write_table(figures)))
    dump(figures, str(spec.with_suffix('.json')), indent=1)
    if args.metafile:
        write_metafile(figures)
    return 0


def write_spec(args: argparse.Namespace) -> Path:
    """Write the spec of the experiment; return the file.

    Each choice of configs has its own file.
    """
    names = [Path(config).stem for config in args.configs]
    content = dict(
        title=', '.join(names),
        scale=f'splits {args.splits}',
        arms={
            name: dict(title=name, recognize=config)
            for name, config in zip(names, args.configs, strict=True)
        },
        baseline=names[0],
        seeds=args.seeds,
        axes=dict(split=args.splits),
        env={args.variable: '{split}'},
        recognize_options=args.cfg_options,
        metric=args.metric,
    )
    file = args.work_dir / 'splits' / f'{"+".join(names)}.py'
    file.parent.mkdir(parents=True, exist_ok=True)
    text = [f'{key} = {pprint.pformat(value)}\n' for key, value in content.items()]
    file.write_text(f'"""Written by splits.py."""\n\n{"".join(text)}')
    return file


def gather(spec: Experiment, found: list[Result]) -> dict[str, dict]:
    """Return the results of each config for each split and their mean, in percent.

    The mean over the splits is taken for each seed.
    """
    measure, gathered = metric_of(spec.metric), {}
    for arm in spec.arms:
        values = {
            (result.run.axes['split'], result.run.seed): measure(result)
            for result in found
            if result.run.arm == arm
        }
        splits = {
            str(split): [values[split, seed] for seed in spec.seeds]
            for split in spec.axes['split']
        }
        means = [sum(one) / len(one) for one in zip(*splits.values(), strict=True)]
        config = spec.arms[arm].recognize
        gathered[arm] = dict(config=config, metric=spec.metric, splits=splits, mean=means)
    return gathered


def write_table(figures: Mapping[str, Mapping]) -> list[str]:
    """Format the results: configs in rows, splits in columns."""
    first = next(iter(figures.values()))
    head = ['', *(f'split {split}' for split in first['splits']), 'mean of splits']
    rows = [
        [name, *map(mean_text, given['splits'].values()), mean_text(given['mean'])]
        for name, given in figures.items()
    ]
    return table(head, rows)


def write_metafile(figures: Mapping[str, Mapping]) -> None:
    """Write the results into the metafile entry of each config.

    Results on other data sets are kept.
    """
    measured, listed = {}, read(METAFILE)
    for name, given in figures.items():
        mean, std = mean_and_std(given['mean'])
        metrics = {
            'Top 1 Accuracy': round(mean, 1),
            'Splits': [round(mean_and_std(v)[0], 1) for v in given['splits'].values()],
            'Seeds': len(given['mean']),
        }
        if std is not None:
            metrics['Standard Deviation'] = round(std, 1)
        dataset = DATASETS[tested_on(given['config'])]
        result = dict(Task='Action Recognition', Dataset=dataset, Metrics=metrics)
        others = [
            other
            for other in listed.get(name, {}).get('Results', [])
            if other['Dataset'] != dataset
        ]
        measured[name] = dict(Results=[*others, result])
    write(METAFILE, measured)


def tested_on(config: str) -> str:
    """Return the data set chosen by the environment, otherwise that in the name."""
    read_config = Config.fromfile(config, import_custom_modules=False)
    return read_config.get('dataset_name', dataset_of(Path(config)))


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('configs', nargs='+', metavar='CONFIG', help='recognition configs')
    add('--splits', type=int, nargs='+', default=[1, 2, 3], help='default: 1 2 3')
    add('--seeds', type=int, nargs='+', default=[0], help='default: 0')
    add('--variable', default='SPLIT', help='environment variable; default: SPLIT')
    add('--metric', default='acc/top1', help='default: acc/top1')
    add('--cfg-options', nargs='+', default=[], help='key=value, for all')
    add('--work-dir', type=Path, default=Path('work_dirs/splits'),
        help='for checkpoints, logs and figures (default: work_dirs/splits)')  # fmt: skip
    add('--jobs', type=int, help='trainings at a time, as experiment.py')
    add('--metafile', action='store_true', help='write the results into the metafile')
    add('--dry-run', action='store_true', help='list the steps without running them')
    args = parser.parse_args(argv)
    args.work_dir = args.work_dir.resolve()
    for config in args.configs:
        if not Path(config).is_file():
            parser.error(f'there is no config file {config!r}')
        if not are_splits(config, args.variable, args.splits):
            parser.error(
                f'{config} has the same test_dataloader for several of the splits '
                f'{args.splits}: it must read {args.variable} from the environment, as '
                "in split = '{{$SPLIT:1}}'"
            )
        if args.metafile and METAFILE.parent not in Path(config).resolve().parents:
            parser.error(f'--metafile is for configs in {METAFILE.parent}, not {config}')
    if args.metafile and args.metric != 'acc/top1':
        parser.error('--metafile is for the metric acc/top1')
    return args


def are_splits(config: str, variable: str, splits: Sequence[int]) -> bool:
    """Whether a config tests on other data with each value of a variable."""
    before = os.environ.get(variable)
    seen = set()
    for split in splits:
        os.environ[variable] = str(split)
        read = Config.fromfile(config, import_custom_modules=False)
        seen.add(str(read.get('test_dataloader')))
    if before is None:
        del os.environ[variable]
    else:
        os.environ[variable] = before
    return len(seen) == len(splits)


if __name__ == '__main__':
    main()
