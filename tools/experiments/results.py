"""Load and check the results of an experiment."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .paired_statistics import Difference, paired_difference
from .result import read_result, result_path, settings_of
from .spec import Experiment, Run, Value

POOLED = 'fold'
"""The axis whose values are pooled, like seeds."""


class ResultError(ValueError):
    """An error in result files; the message says which and what to do."""


@dataclass(frozen=True)
class Result:
    """A run and the content of its result file."""

    run: Run
    content: Mapping

    def columns(self, axes: Iterable[str]) -> tuple[Value, ...]:
        """Return the run's values of some axes."""
        return tuple(self.run.axes[axis] for axis in axes)


Measure = Callable[[Result], float]


@dataclass(frozen=True)
class Results:
    """An experiment and its results.

    Attributes:
        experiment (Experiment): The experiment.
        found (Sequence[Result]): Existing results, in the order of the experiment's runs.
        missing (Sequence[str]): Runs without a result.
        outdated (Sequence[str]): Runs with results of other configs, options or
            environment than now; they are left out.
    """

    experiment: Experiment
    found: Sequence[Result]
    missing: Sequence[str]
    outdated: Sequence[str]

    @property
    def axes(self) -> list[str]:
        """The axes of table columns."""
        return [axis for axis in self.experiment.axes if axis != POOLED]

    @cached_property
    def pretraining_axes(self) -> list[str]:
        """The axes that change pretraining."""
        return [
            axis for axis in self.experiment.axes if self._needs_own_pretraining(axis)
        ]

    def _needs_own_pretraining(self, axis: str) -> bool:
        recipes = {}
        for result in self.pretrained:
            others = {k: v for k, v in result.run.axes.items() if k != axis}
            key = result.run.arm, *others.items()
            recipes.setdefault(key, set()).add(result.content['pretraining']['recipe'])
        return any(len(different) > 1 for different in recipes.values())

    @property
    def pretrained(self) -> list[Result]:
        """The results with a pretraining."""
        return [result for result in self.found if result.content['pretraining']]

    @cached_property
    def pretrainings(self) -> list[Result]:
        """One result for each pretraining."""
        own = {}
        for result in self.pretrained:
            recipe = result.content['pretraining']['recipe']
            own.setdefault((result.run.arm, recipe, result.run.seed), result)
        return list(own.values())

    @property
    def seconds(self) -> float:
        """Wall time of all steps, each counted once."""
        spent = {}
        for result in self.found:
            for step, seconds in result.content['wall_seconds'].items():
                shared = step.startswith('pretrain')
                recipe = result.content['pretraining']['recipe'] if shared else None
                spent[step, recipe or result.run.name, result.run.seed] = seconds
        return sum(spent.values())


def load_results(folder: Path, experiment: Experiment) -> Results:
    """Read the result files of an experiment.

    Args:
        folder (Path): Folder with one folder for each experiment.
        experiment (Experiment): The experiment.

    Returns:
        Results: The results.

    Raises:
        ResultError: If a config was changed between runs, or a result belongs to no run
            of the experiment.
    """
    _check_files(folder, experiment)
    found, missing, outdated = [], [], []
    for run in experiment.runs:
        content = read_result(result_path(folder, experiment, run))
        if content is None:
            missing.append(run.name)
        elif not settings_of(experiment, run).items() <= content.items():
            outdated.append(run.name)
        else:
            found.append(Result(run, content))
    _check_configs(experiment, found)
    return Results(experiment, found, missing, outdated)


def _check_files(folder: Path, experiment: Experiment) -> None:
    runs = {run.name for run in experiment.runs}
    for path in sorted((folder / experiment.name).glob('*.json')):
        if path.stem not in runs:
            raise ResultError(
                f'{path} is of no run of {experiment.name}: move it away, or add the '
                'run (leave_out, seeds, arms or axes)'
            )


def _check_configs(experiment: Experiment, found: Sequence[Result]) -> None:
    seen: dict[str, tuple[str, str]] = {}
    for result in found:
        for name, digest in result.content['config_digests'].items():
            config = result.content['configs'][name]
            given = json.dumps([config, result.content['env']], sort_keys=True)
            first, other = seen.setdefault(given, (digest, result.run.name))
            if first != digest:
                raise ResultError(
                    f'{experiment.name}: {config} was changed between the runs {other} '
                    f'and {result.run.name}: run the experiment again, which '
                    'repeats those of the old config'
                )


def metric_of(name: str, part: str = 'metrics') -> Measure:
    """Return a function that reads a metric from a result, in percent.

    Args:
        name (str): The metric.
        part (str): ``'metrics'`` or ``'frozen'``. Defaults to ``'metrics'``.

    Returns:
        Callable: The function; it raises a ResultError if the metric is missing.
    """

    def measure(result: Result) -> float:
        measured = result.content[part]
        if name not in measured:
            raise ResultError(
                f'{result.run.name} has no {name!r} under {part!r}, only '
                f'{sorted(measured)}'
            )
        return 100 * measured[name]

    return measure


def compare(
    results: Sequence[Result],
    arm: str,
    other: str,
    axes: Sequence[str],
    measure: Measure,
) -> Difference | None:
    """Compare two arms over pairs of runs that only differ in the arm.

    Args:
        results (Sequence[Result]): Results of both arms, and possibly more.
        arm (str): An arm.
        other (str): The arm that is subtracted.
        axes (Sequence[str]): Axes to pair by, in addition to the seed.
        measure (Callable): The metric to compare.

    Returns:
        Difference: None if there are no pairs.
    """
    sides = [
        {
            (result.run.seed, *result.columns(axes)): measure(result)
            for result in results
            if result.run.arm == one
        }
        for one in (arm, other)
    ]
    both = [key for key in sides[0] if key in sides[1]]
    if not both:
        return None
    return paired_difference(*([side[key] for key in both] for side in sides))
