"""Compare ways to train, over axes and seeds, with the ordinary tools.

An experiment is a Python file in tools/experiments/specs; spec.py documents its keys. A
run is one arm at one value of each axis with one seed: pretrain, fine-tune or train from
scratch, test. Each finished run has one result file and is not repeated: run the same
command to resume.

    python -m tools.experiments.experiment tools/experiments/specs/NAME.py
    python -m tools.experiments.report
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmengine.logging import MMLogger

from . import ROOT
from .machine import hardware, job_environments, versions
from .plan import PlannedRun, Planner
from .result import (
    collect_result,
    read_result,
    result_path,
    write_result,
)
from .spec import Experiment, Run, SpecError, load_experiment
from .steps import Step, StepError, command_line, prepare_data, run_steps


def choose_runs(
    experiment: Experiment, seeds: Sequence[int] | None, only: Sequence[str]
) -> list[Run]:
    """Choose some of the runs.

    Args:
        experiment (Experiment): The experiment.
        seeds (Sequence[int], optional): Seeds to run. Defaults to None: all.
        only (Sequence[str]): ``KEY=VALUE``, where a key is ``arm`` or an axis; several
            values of one key are combined.

    Returns:
        list[Run]: The runs.

    Raises:
        SpecError: If there is no such seed, key or value.
    """
    known = dict(
        arm=list(experiment.arms),
        seed=[str(seed) for seed in experiment.seeds],
        **{axis: [str(v) for v in values] for axis, values in experiment.axes.items()},
    )
    wanted: dict[str, list[str]] = {}
    for choice in [*only, *(f'seed={seed}' for seed in seeds or [])]:
        key, _, value = choice.partition('=')
        if value not in known.get(key, []):
            raise SpecError(f'there is no {choice!r}; choose from {known}')
        wanted.setdefault(key, []).append(value)

    def is_wanted(run: Run) -> bool:
        values = dict(arm=run.arm, seed=run.seed, **run.axes)
        return all(str(values[key]) in wanted[key] for key in wanted)

    return [run for run in experiment.runs if is_wanted(run)]


def unfinished(
    experiment: Experiment, planned: Sequence[PlannedRun], results: Path
) -> list[PlannedRun]:
    """Return the runs without an up-to-date result; print what will be replaced."""
    found = {
        run.run.name: read_result(result_path(results, experiment, run.run))
        for run in planned
    }
    todo = [
        run
        for run in planned
        if not found[run.run.name] or found[run.run.name]['recipe'] != run.recipe
    ]
    for run in todo:
        if found[run.run.name]:
            print(f'settings have changed, will be run again: {run.run.name}')
    return todo


def run_experiment(args: argparse.Namespace) -> int:
    """Run all unfinished runs.

    Returns:
        int: Exit status, 1 if runs are unfinished.
    """
    experiment = load_experiment(args.spec)
    planner = Planner(experiment, args.work_dir)
    chosen = choose_runs(experiment, args.seeds, args.only)
    planned = [planner.plan(run) for run in chosen]
    todo = unfinished(experiment, planned, args.results)
    steps = list({s.folder: s for run in todo for s in run.steps.values()}.values())
    pending = [step for step in steps if not step.is_done]
    print(f'{experiment.name}: {len(planned) - len(todo)} of {len(planned)} runs are '
          f'done, {len(pending)} steps to do')  # fmt: skip
    if args.dry_run:
        return _print_steps(steps)
    if pending:
        prepare_data(planner.prepare_commands())
        planner.write_configs()
    environments = job_environments(args.jobs)
    machine = dict(hardware=dict(hardware(), jobs=len(environments)), versions=versions())

    def collect(_: Step | None = None) -> None:
        for run in [run for run in todo if run.is_done]:
            todo.remove(run)
            result = collect_result(experiment, run, machine)
            write_result(result_path(args.results, experiment, run.run), result)
            print(f'{len(todo)} runs left after {run.run.name}')

    collect()
    errors = run_steps(pending, environments, keep_going=True, on_done=collect)
    return _conclude(errors, len(todo))


def _print_steps(steps: Sequence[Step]) -> int:
    for step in steps:
        state = 'done' if step.is_done else 'to do'
        print(f'{state:6} {step.name}\n       {step.folder}')
    return 0


def _conclude(errors: Sequence[StepError], unfinished_runs: int) -> int:
    for error in errors:
        print(f'\n{error}', file=sys.stderr)
    if unfinished_runs:
        print(
            f'\nexperiment.py: {len(errors)} steps failed, {unfinished_runs} runs are '
            'unfinished; run the same command to go on',
            file=sys.stderr,
        )
    return int(bool(unfinished_runs))


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('spec', type=Path, help='file of the experiment')
    add('--work-dir', type=Path, default=ROOT / 'work_dirs' / 'experiments',
        help='for data, checkpoints and logs '
        '(default: work_dirs/experiments)')  # fmt: skip
    add('--results', type=Path, default=ROOT / 'docs' / 'results',
        help='for the result files, in a folder for each experiment '
        '(default: docs/results)')  # fmt: skip
    add('--jobs', type=int, help='trainings at a time, on each GPU if there are any '
        '(default: 1 on each GPU, or as many as there are processors)')  # fmt: skip
    add('--seeds', type=int, nargs='+', help='only these seeds')
    add('--only', nargs='+', default=[], metavar='KEY=VALUE',
        help='only these runs; KEY is arm or an axis')  # fmt: skip
    add('--dry-run', action='store_true', help='list the steps without running them')
    args = parser.parse_args(argv)
    if args.jobs is not None and args.jobs < 1:
        parser.error(f'--jobs must be at least 1, got {args.jobs}')
    args.work_dir, args.results = args.work_dir.resolve(), args.results.resolve()
    return args


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    MMLogger.get_current_instance().setLevel('WARNING')  # it logs the environment
    with command_line('experiment.py'):
        sys.exit(run_experiment(args))


if __name__ == '__main__':
    main()
