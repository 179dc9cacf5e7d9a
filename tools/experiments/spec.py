"""Read and check the spec of an experiment, and list its runs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

from mmengine.config import Config

Value = str | int | float
FILE_SAFE = re.compile(r'[\w.+-]+')
SIGNS = ('<', '>')


class SpecError(ValueError):
    """An error in a spec; the message names file and key, and says what to do."""


@dataclass(frozen=True)
class Arm:
    """One of the ways to train that are compared.

    Configs, options and values of ``env`` may contain axes in braces, and the folder of
    the prepared data as ``{data}``. Values at the top level of the experiment apply to
    every arm: configs as defaults, options and ``env`` in addition.

    Attributes:
        title (str): Title in tables.
        pretrain (str, optional): Config of the pretraining. Defaults to None.
        pretrain_options (Sequence[str]): ``key=value`` for it. Defaults to ().
        pretrain_test (str, optional): Config for ``tools/test.py`` on the pretrained
            checkpoint, for metrics of the frozen features. Defaults to None.
        pretrain_test_options (Sequence[str]): ``key=value`` for it. Defaults to ().
        recognize (str, optional): Config for training on labels, from the pretrained
            checkpoint if there is one, and testing. Defaults to None.
        recognize_options (Sequence[str]): ``key=value`` for both. Defaults to ().
        env (Mapping[str, str]): Environment variables for the configs. Defaults to {}.
    """

    title: str
    pretrain: str | None = None
    pretrain_options: Sequence[str] = ()
    pretrain_test: str | None = None
    pretrain_test_options: Sequence[str] = ()
    recognize: str | None = None
    recognize_options: Sequence[str] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One arm at one value of each axis with one seed."""

    arm: str
    axes: Mapping[str, Value]
    seed: int

    @property
    def name(self) -> str:
        """Name of the result file, without its suffix."""
        values = [f'{axis}-{value}' for axis, value in self.axes.items()]
        return '_'.join([self.arm, *values, f'seed-{self.seed}'])

    def belongs_to(self, lot: Mapping[str, Value | Sequence[Value]]) -> bool:
        """Whether the run has the values of arm, seed and axes in ``lot``."""
        own = dict(arm=self.arm, seed=self.seed, **self.axes)
        return all(own[key] in as_list(values) for key, values in lot.items())


def as_list(values: Value | Sequence[Value]) -> Sequence[Value]:
    """Return a value as a list of one, and a list as it is."""
    return [values] if isinstance(values, str | int | float) else values


@dataclass(frozen=True)
class Experiment:
    """Arms to compare at every combination of axes, with several seeds.

    Attributes:
        name (str): Name of the file, without its suffix.
        title (str): Heading of its report.
        scale (str): Describes the sizes of networks, clips and data.
        arms (Mapping[str, Arm]): The arms.
        seeds (Sequence[int]): Seeds for every arm.
        baseline (str, optional): The arm that others are compared with. Defaults to None:
            only ``orderings`` are tested.
        axes (Mapping): Values by axis. The axis ``fold`` is pooled in the report.
            Defaults to {}.
        prepare (Sequence[str]): Commands that make the data, as arguments of Python;
            ``$NAME`` is an environment variable. Defaults to ().
        metric (str): Metric of ``tools/test.py`` to compare, between 0 and 1. Defaults to
            ``'acc/top1'``.
        frozen_metric (str, optional): Metric of ``pretrain_test`` to compare. Defaults to
            None.
        frozen_baseline (str, optional): The arm to compare it with. Defaults to None.
        orderings (Sequence): Claims ``(arm, '<' or '>', arm)`` to test. Defaults to ().
        notes (Sequence[str]): Paragraphs below the tables. Defaults to ().
        chance (float, optional): Chance accuracy, shown in the picture. Defaults to None.
    """

    name: str
    title: str
    scale: str
    arms: Mapping[str, Arm]
    seeds: Sequence[int]
    baseline: str | None = None
    axes: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    prepare: Sequence[str] = ()
    metric: str = 'acc/top1'
    leave_out: Sequence[Mapping[str, Value | Sequence[Value]]] = ()
    frozen_metric: str | None = None
    frozen_baseline: str | None = None
    orderings: Sequence[tuple[str, str, str]] = ()
    notes: Sequence[str] = ()
    chance: float | None = None

    @property
    def combinations(self) -> list[dict[str, Value]]:
        """Every combination of the axes' values."""
        combined = itertools.product(*self.axes.values())
        return [dict(zip(self.axes, values, strict=True)) for values in combined]

    @property
    def num_combinations(self) -> int:
        """Number of runs, including those left out."""
        return len(self.seeds) * len(self.combinations) * len(self.arms)

    @property
    def runs(self) -> list[Run]:
        """All runs, seed by seed, so that early results can be compared."""
        every = (
            Run(arm, axes, seed)
            for seed in self.seeds
            for axes in self.combinations
            for arm in self.arms
        )
        return [run for run in every if not any(map(run.belongs_to, self.leave_out))]


def load_experiment(path: Path) -> Experiment:
    """Read the spec of an experiment, an mmengine config in Python.

    Top-level names with a leading underscore are ignored.

    Args:
        path (Path): The file.

    Returns:
        Experiment: The experiment.

    Raises:
        SpecError: If it is missing or wrong.
    """
    if not path.is_file():
        raise SpecError(f'there is no experiment file {path}')
    given = Config.fromfile(path, import_custom_modules=False).to_dict()
    given = {key: value for key, value in given.items() if not key.startswith('_')}
    shared = {f.name: given.pop(f.name) for f in fields(Arm) if _is_shared(f.name, given)}
    _check_keys(path.name, given, Experiment, besides={'name'})
    arms = {
        name: _make_arm(f'{path.name}: arm {name!r}', arm, shared)
        for name, arm in given.pop('arms').items()
    }
    experiment = Experiment(name=path.stem, arms=arms, **given)
    _check(path.name, experiment)
    return experiment


def _is_shared(name: str, given: Mapping) -> bool:
    return name in given and name != 'title'


def _check_keys(
    where: str, given: Mapping, kind: type, besides: set[str] = frozenset()
) -> None:
    known = {f.name: f for f in fields(kind) if f.name not in besides}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise SpecError(f'{where}: unknown key {unknown[0]!r}, known are {list(known)}')
    needed = [
        name
        for name, f in known.items()
        if f.default is MISSING and f.default_factory is MISSING
    ]
    missing = [name for name in needed if name not in given]
    if missing:
        raise SpecError(f'{where}: key {missing[0]!r} is missing')


def _make_arm(where: str, given: Mapping, shared: Mapping) -> Arm:
    _check_keys(where, given, Arm)
    for key, value in {**shared, **given}.items():
        if key.endswith('_options') and isinstance(value, str):
            raise SpecError(f'{where}: {key} must be a list, got {value!r}')
    merged = {**shared, **given}
    for key in merged:
        if key.endswith('_options'):
            merged[key] = [*shared.get(key, ()), *given.get(key, ())]
    if not merged.get('pretrain') and 'pretrain_test' not in given:
        merged['pretrain_test'] = None  # shared by the arms that pretrain
    merged['env'] = {**shared.get('env', {}), **given.get('env', {})}
    arm = Arm(**merged)
    if not arm.pretrain and not arm.recognize:
        raise SpecError(f"{where}: needs a config, 'pretrain' or 'recognize'")
    if arm.pretrain_test and not arm.pretrain:
        raise SpecError(f"{where}: 'pretrain_test' needs 'pretrain'")
    return arm


def _check(where: str, experiment: Experiment) -> None:
    for name, values in {'seeds': experiment.seeds, **experiment.axes}.items():
        if not isinstance(values, Sequence) or isinstance(values, str) or not values:
            raise SpecError(f'{where}: {name} must be a list of values, got {values!r}')
        if len(set(map(str, values))) < len(values):
            raise SpecError(f'{where}: {name} has a value twice: {values}')
    taken = {'data', 'arm', 'seed'} & set(experiment.axes)
    if taken:
        raise SpecError(f'{where}: axis {taken.pop()!r} needs another name')
    _check_leave_out(where, experiment)
    for run in experiment.runs:
        if not FILE_SAFE.fullmatch(run.name):
            raise SpecError(
                f'{where}: names of arms, axes and values are made into a file name, '
                f'so letters, digits, ".", "+" and "-" must do, got {run.name!r}'
            )
    if experiment.baseline not in (None, *experiment.arms):
        raise SpecError(
            f'{where}: baseline {experiment.baseline!r} is no arm, the arms are '
            f'{list(experiment.arms)}'
        )
    frozen = experiment.frozen_baseline
    if (frozen is None) != (experiment.frozen_metric is None) or (
        frozen and not experiment.arms.get(frozen, Arm('')).pretrain_test
    ):
        raise SpecError(
            f"{where}: 'frozen_metric' and 'frozen_baseline' go together, and the latter "
            f"is an arm with a 'pretrain_test', got {frozen!r}"
        )
    for ordering in experiment.orderings:
        if len(ordering) != 3 or ordering[1] not in SIGNS or not (
            {ordering[0], ordering[2]} <= set(experiment.arms)
        ):  # fmt: skip
            raise SpecError(
                f'{where}: an ordering is (arm, sign, arm) with an arm of '
                f'{list(experiment.arms)} and a sign of {SIGNS}, got {ordering!r}'
            )


def _check_leave_out(where: str, experiment: Experiment) -> None:
    known = dict(arm=list(experiment.arms), seed=experiment.seeds, **experiment.axes)
    for lot in experiment.leave_out:
        for key, values in lot.items():
            unknown = [v for v in as_list(values) if v not in known.get(key, ())]
            if unknown:
                raise SpecError(
                    f'{where}: leave_out: there is no {key} {unknown[0]!r}; '
                    f'choose from {known}'
                )


def fill(template: str, values: Mapping[str, object], where: str) -> str:
    """Replace names in braces by values.

    Args:
        template (str): Such as ``'configs/{backbone}.py'``.
        values (Mapping): Values by name.
        where (str): Place of the template, for errors.

    Returns:
        str: The text.

    Raises:
        SpecError: If a name is unknown or a brace is left open.
    """
    try:
        return template.format_map(values)
    except KeyError as error:
        raise SpecError(
            f'{where}: unknown name {error} in braces in {template!r}; known are '
            f'{list(values)}'
        ) from None
    except (ValueError, IndexError, AttributeError) as error:
        raise SpecError(
            f'{where}: {template!r}: {error}; a brace that is meant is doubled'
        ) from None


def filled_arm(experiment: Experiment, run: Run, data: str = '{data}') -> Arm:
    """Return the arm of a run with all templates filled in.

    Args:
        experiment (Experiment): The experiment.
        run (Run): The run.
        data (str): Folder of the data. Defaults to ``'{data}'``, as written.

    Returns:
        Arm: The arm, without braces.

    Raises:
        SpecError: If a template is wrong.
    """
    values = {**run.axes, 'data': data}
    where = f'{experiment.name}: arm {run.arm!r}'

    def put(key: str, given: object) -> object:
        if isinstance(given, str) and key != 'title':
            return fill(given, values, f'{where}: {key}')
        if isinstance(given, Mapping):
            return {name: put(key, value) for name, value in given.items()}
        return [put(key, one) for one in given] if isinstance(given, list) else given

    arm = experiment.arms[run.arm]
    return Arm(**{f.name: put(f.name, getattr(arm, f.name)) for f in fields(Arm)})
