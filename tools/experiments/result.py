"""The result file of a run: small, reproducible, without paths."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from stcr_mmaction.apis.scalars import read_scalars
from stcr_mmaction.videos import write_atomically

from .plan import PlannedRun
from .spec import Experiment, Run, filled_arm
from .steps import Step, read_metrics
from .training_logs import NO_METRICS, collapse_figures, validation_figures

CONFIGS = ('pretrain', 'pretrain_test', 'recognize')


def result_path(results: Path, experiment: Experiment, run: Run) -> Path:
    """Return the result file of a run."""
    return results / experiment.name / f'{run.name}.json'


def settings_of(experiment: Experiment, run: Run) -> dict[str, dict]:
    """Return the settings of a run: configs, options and environment."""
    arm = filled_arm(experiment, run)
    used = [name for name in CONFIGS if getattr(arm, name)]
    return dict(
        configs={name: getattr(arm, name) for name in used},
        options={name: list(getattr(arm, f'{name}_options')) for name in used},
        env=dict(arm.env),
    )


def collect_result(experiment: Experiment, planned: PlannedRun, machine: dict) -> dict:
    """Collect the results of a finished run.

    Args:
        experiment (Experiment): The experiment.
        planned (PlannedRun): The run.
        machine (dict): Facts about the machine.

    Returns:
        dict: Content of the result file.
    """
    run, steps = planned.run, planned.steps
    return dict(
        experiment=experiment.name,
        arm=run.arm,
        axes=dict(run.axes),
        seed=run.seed,
        recipe=planned.recipe,
        **settings_of(experiment, run),
        config_digests={name: planned.digests[name] for name in CONFIGS if name in steps},
        metrics=_tested(steps.get('test')),
        frozen=_tested(steps.get('pretrain_test')),
        pretraining=_pretraining(planned) if 'pretrain' in steps else {},
        wall_seconds={name: step.seconds for name, step in steps.items()},
        **machine,
    )


def _tested(step: Step | None) -> dict[str, float]:
    measured = read_metrics(step.folder) if step else {}
    return {k: value for k, value in measured.items() if k not in NO_METRICS}


def _pretraining(planned: PlannedRun) -> dict[str, object]:
    scalars = read_scalars(planned.steps['pretrain'].folder)
    return dict(
        recipe=planned.recipes['pretrain'],
        collapse=collapse_figures(scalars),
        val=validation_figures(scalars),
    )


def write_result(path: Path, result: Mapping) -> None:
    """Write a result file, with sorted keys and rounded numbers."""
    text = json.dumps(_rounded(result), indent=1, sort_keys=True)
    with write_atomically(path) as part:
        part.write_text(text + '\n')


def read_result(path: Path) -> dict | None:
    """Read a result file; None if it does not exist.

    Raises:
        ValueError: If it cannot be read.
    """
    if not path.exists():
        return None
    try:
        return json.loads(path.read_text())
    except ValueError as error:
        raise ValueError(f'{path} is no result file: {error}') from error


def _rounded(given: object) -> object:
    if isinstance(given, float):
        return float(f'{given:.5g}')
    if isinstance(given, Mapping):
        return {key: _rounded(value) for key, value in given.items()}
    return [_rounded(one) for one in given] if isinstance(given, list) else given
