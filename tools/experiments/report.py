"""Write the tables of the experiments from their spec and result files.

    python -m tools.experiments.report
    python -m tools.experiments.report --check
    python -m tools.experiments.report SPEC --results FOLDER --out FILE.md

Writes a page and a picture of each experiment, ``docs/results/EXPERIMENT.md``. The result
only depends on these files. ``--check`` writes nothing and fails if a page is not up to
date.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import ROOT
from .report_figure import draw_figure
from .report_tables import (
    accuracy_table,
    difference_table,
    frozen_difference_table,
    frozen_table,
    ordering_table,
    pretraining_table,
)
from .results import POOLED, Results, load_results
from .spec import load_experiment

RESULTS = ROOT / 'docs' / 'results'
SPECS = ROOT / 'tools' / 'experiments' / 'specs'
INTRODUCTION = """\
Written by `python -m tools.experiments.report` from the specs in
`tools/experiments/specs` and the result files of `tools/experiments/experiment.py`. Edit
those, not this page.

**How to read it.** An *arm* is one way of training. Numbers are percent: the mean over
runs ± the sample standard deviation. A difference is the mean over pairs of runs that
differ only in the arm. It is in percentage points, with its 95% confidence interval in
brackets (Student's t, n pairs). *Better* and *worse* mean that the whole interval is
above or below zero. Intervals are not corrected for the number of comparisons. In
pictures a bar is a mean with its interval, a dot is one run, and the dashed line is a
guess.
"""
POOLING = (
    'These numbers are pooled over folds and seeds. Pairs of one fold share their test '
    'videos. So the intervals are somewhat narrower than those of independent pairs.'
)
WHILE_PRETRAINING = (
    'During pretraining. *Rank kept* and *spread kept* are shares of the first value in '
    'the log: at the end, then at the lowest point, each in the worst run and path. '
    '`CollapseMonitorHook` warns below 25%. Validation metrics: first → last (best).'
)


def write_section(results: Results, figure: str) -> list[str]:
    """Write the section of an experiment.

    Args:
        results (Results): The results.
        figure (str): Path of its picture, relative to the report.

    Returns:
        list[str]: Paragraphs and tables.
    """
    experiment = results.experiment
    parts = [
        f'# {experiment.title}',
        INTRODUCTION.strip(),
        experiment.scale,
        '\n'.join(_facts(results)),
    ]
    if any(result.content['metrics'] for result in results.found):
        parts += _tested_parts(results, figure)
    if results.pretrained:
        parts += _pretraining_parts(results)
    return [*parts, *experiment.notes]


def _tested_parts(results: Results, figure: str) -> list[str]:
    experiment = results.experiment
    parts = [f'`{experiment.metric}`, tested after training on labels:']
    parts += ['\n'.join(accuracy_table(results)), f'![{experiment.title}]({figure})']
    if experiment.baseline and (differences := difference_table(results)):
        baseline = experiment.arms[experiment.baseline].title
        parts += [f'Difference to *{baseline}*:', '\n'.join(differences)]
    if POOLED in experiment.axes:
        parts.append(POOLING)
    if experiment.orderings:
        parts += [
            'Claimed orderings. A positive difference supports the claim:',
            '\n'.join(ordering_table(results)),
        ]
    return parts


def _pretraining_parts(results: Results) -> list[str]:
    experiment, parts = results.experiment, []
    if experiment.frozen_metric:
        baseline = experiment.arms[experiment.frozen_baseline].title
        differences = '\n'.join(frozen_difference_table(results))
        metric = f'`{experiment.frozen_metric}` of frozen features'
        title = f'{metric}: difference to *{baseline}*:'
        parts += [title, differences] if differences else []
    after = frozen_table(results)
    parts += ['Frozen features after pretraining:', '\n'.join(after)] if after else []
    return [*parts, WHILE_PRETRAINING, '\n'.join(pretraining_table(results))]


def _facts(results: Results) -> list[str]:
    experiment, found = results.experiment, results.found
    facts = [
        f'{len(found)} of {len(experiment.runs)} runs; seeds '
        f'{", ".join(map(str, experiment.seeds))}; '
        f'{results.seconds / 3600:.1f} hours of training and testing in all.'
    ]
    machines = {_machine(result.content['hardware']) for result in found}
    code = {_code(result.content['versions']) for result in found}
    left_out = experiment.num_combinations - len(experiment.runs)
    if left_out:
        facts.append(
            f'{left_out} of {experiment.num_combinations} combinations of arm, axes and '
            'seed are left out.'
        )
    facts += [f'Hardware: {"; ".join(sorted(machines))}.'] if machines else []
    facts += [f'Code: {"; ".join(sorted(code))}.'] if code else []
    for names, what in (
        (results.missing, 'Not run yet'),
        (results.outdated, 'Left out, as settings were changed since'),
    ):
        facts += [f'**{what}: {_listed(names)}.**'] if names else []
    return [f'- {fact}' for fact in facts]


def _listed(names: Sequence[str], most: int = 3) -> str:
    if len(names) <= most:
        return ', '.join(names)
    return f'{", ".join(names[:most])} and {len(names) - most} more'


def _machine(hardware: dict) -> str:
    return (
        f'{hardware["device"]} ({hardware["processor"]}, {hardware["cpu_count"]} '
        f'processors, {hardware["jobs"]} jobs at a time)'
    )


def _code(versions: dict) -> str:
    commit = f' at {versions["commit"]}' if 'commit' in versions else ''
    return f'stcr_mmaction {versions["stcr_mmaction"]}{commit}, torch {versions["torch"]}'


def write_report(found: Sequence[Results], pictures: Path, out: Path) -> str:
    """Write the report.

    Args:
        found (Sequence[Results]): Results of each experiment.
        pictures (Path): Folder of the pictures.
        out (Path): File of the report.

    Returns:
        str: Its text.

    Raises:
        ValueError: If a result lacks a metric.
    """
    parts = []
    for results in found:
        figure = picture_of(results, pictures)
        parts += write_section(
            results, Path(os.path.relpath(figure, out.parent)).as_posix()
        )
    return '\n\n'.join(parts) + '\n'


def picture_of(results: Results, pictures: Path) -> Path:
    """Return the picture file of an experiment."""
    return pictures / f'{results.experiment.name}.png'


def draw_figures(found: Sequence[Results], pictures: Path) -> None:
    """Draw the experiments with tests after training on labels."""
    for results in found:
        if any(result.content['metrics'] for result in results.found):
            draw_figure(results, picture_of(results, pictures))


def list_texts(
    found: Sequence[Results], folder: Path, out: Path | None
) -> dict[Path, str]:
    """Return all files to write and their texts; without ``out`` those of the project."""
    if out is not None:
        return {out.resolve(): write_report(found, folder, out.resolve())}
    pages = {folder / f'{results.experiment.name}.md': results for results in found}
    return {page: write_report([one], folder, page) for page, one in pages.items()}


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('specs', type=Path, nargs='*', metavar='SPEC',
        help='files of experiments (default: those of specs/)')  # fmt: skip
    add('--results', type=Path, default=RESULTS,
        help='folder with a folder of result files for each experiment '
        '(default: docs/results)')  # fmt: skip
    add('--out', type=Path,
        help='one report (default: a page of each)')  # fmt: skip
    add('--check', action='store_true', help='only check whether it is up to date')
    args = parser.parse_args(argv)
    if args.out is None and (args.specs or args.results != RESULTS):
        parser.error('the pages are of all experiments and of docs/results: name '
                     'another report with --out')  # fmt: skip
    args.specs = args.specs or sorted(SPECS.glob('*.py'))
    args.results = args.results.resolve()
    return args


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    try:
        found = [load_results(args.results, load_experiment(spec)) for spec in args.specs]
        texts = list_texts(found, args.results, args.out)
    except ValueError as error:
        sys.exit(f'report.py: error: {error}')
    if not args.check:
        draw_figures(found, args.results)
    for path, text in texts.items():
        if path.exists() and path.read_text() == text:
            continue
        if args.check:
            sys.exit(f'report.py: {path} is not up to date; run it without --check')
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == '__main__':
    main()
