"""Plan the steps of an experiment's runs; equal steps are shared.

A step is identified by its recipe: the resolved config, the options and the recipe of the
step it starts from. Recipe and seed name its folder. So runs with the same pretraining
share it, and a changed step gets a new folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

import stcr_mmaction  # noqa: F401  for configs that name ours

from . import ROOT
from .spec import Arm, Experiment, Run, SpecError, fill, filled_arm
from .steps import Step, test_step, train_step


@dataclass(frozen=True)
class PlannedRun:
    """A run and its steps.

    Attributes:
        run (Run): The run.
        steps (Mapping[str, Step]): Steps of the run, among ``pretrain``,
            ``pretrain_test``, ``recognize`` and ``test``.
        recipes (Mapping[str, str]): The recipe of each.
        digests (Mapping[str, str]): Digest of the resolved config of each.
    """

    run: Run
    steps: Mapping[str, Step]
    recipes: Mapping[str, str]
    digests: Mapping[str, str]

    @property
    def recipe(self) -> str:
        """Recipe of all steps; the same for runs that only differ in the seed."""
        return _digest(self.recipes)

    @property
    def is_done(self) -> bool:
        """Whether all steps are finished."""
        return all(step.is_done for step in self.steps.values())


class Planner:
    """Makes the steps of an experiment's runs.

    Args:
        experiment (Experiment): The experiment.
        work_dir (Path): Folder of data, configs and steps; several experiments may share
            it.
    """

    def __init__(self, experiment: Experiment, work_dir: Path) -> None:
        self.experiment = experiment
        self.work_dir = work_dir
        self.data = work_dir / 'data' / _digest(list(experiment.prepare))
        self._steps: dict[Path, Step] = {}
        self._configs: dict[tuple, ResolvedConfig] = {}

    def prepare_commands(self) -> list[list[str]]:
        """Return the commands that make the data, each once.

        Raises:
            SpecError: If an environment variable is not set.
        """
        commands = {}
        for template in self.experiment.prepare:
            for axes in self.experiment.combinations:
                values = {**axes, 'data': str(self.data)}
                words = [fill(w, values, 'prepare') for w in shlex.split(template)]
                commands[tuple(_expanded(word) for word in words)] = None
        return [list(command) for command in commands]

    def plan(self, run: Run) -> PlannedRun:
        """Make the steps of a run.

        Raises:
            SpecError: If a config is missing or cannot be read.
        """
        arm = filled_arm(self.experiment, run, str(self.data))
        steps, recipes, digests = {}, {}, {}
        for part, start in _parts(arm):
            name = 'recognize' if part == 'test' else part
            config = self._resolve(getattr(arm, name), arm.env, f'{run.arm}: {name}')
            options = getattr(arm, f'{name}_options')
            digests[part] = config.folder.name
            recipes[part] = self._recipe(part, config, options, recipes.get(start))
            steps[part] = self._step(
                part, run, config, options, recipes[part], steps.get(start)
            )
        return PlannedRun(run, steps, recipes, digests)

    def write_configs(self) -> None:
        """Write the resolved configs that the steps read.

        So editing a config does not change a running experiment.
        """
        for config in self._configs.values():
            config.write()

    def _resolve(self, name: str, env: Mapping[str, str], where: str) -> ResolvedConfig:
        key = name, *sorted(env.items())
        if key not in self._configs:
            with _environment(env):
                self._configs[key] = self._read(name, where)
        return self._configs[key]

    def _read(self, name: str, where: str) -> ResolvedConfig:
        path = ROOT / name
        if not path.is_file():
            raise SpecError(f'{self.experiment.name}: {where}: there is no config {name}')
        config = Config.fromfile(path, import_custom_modules=False)
        text = self._portable(config.to_dict())
        return ResolvedConfig(config, text, self.work_dir / 'configs' / _digest(text))

    def _portable(self, given: object) -> str:
        text = json.dumps(given, sort_keys=True, default=str)
        return text.replace(str(self.work_dir), '{work_dir}')

    def _recipe(
        self, part: str, config: ResolvedConfig, options: list[str], before: str | None
    ) -> str:
        tool = 'test' if part.endswith('test') else 'train'
        return _digest([tool, config.text, self._portable(list(options)), before])

    def _step(
        self,
        part: str,
        run: Run,
        config: ResolvedConfig,
        options: Sequence[str],
        recipe: str,
        start: Step | None,
    ) -> Step:
        folder = self.work_dir / part / f'{config.path.stem}_{recipe}_seed-{run.seed}'
        if folder not in self._steps:
            name = f'{part} {run.name}'
            self._steps[folder] = (
                test_step(name, config.path, folder, start, options)
                if part.endswith('test')
                else train_step(name, config.path, folder, run.seed, start, options)
            )
        return self._steps[folder]


@dataclass(frozen=True)
class ResolvedConfig:
    """A config as it was when the experiment was planned.

    Attributes:
        config (Config): The config with bases and environment resolved.
        text (str): Its text, without the path of the work directory.
        folder (Path): Folder to write it to.
    """

    config: Config
    text: str
    folder: Path

    @property
    def path(self) -> Path:
        """File to write it to."""
        return self.folder / Path(self.config.filename).name

    def write(self) -> None:
        """Write the file unless it exists."""
        if not self.path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            partial = self.path.with_suffix(f'.{os.getpid()}.py')
            self.config.dump(partial)
            partial.replace(self.path)


def _parts(arm: Arm) -> Iterator[tuple[str, str]]:
    """Yield the steps of an arm, and the step that each starts from."""
    if arm.pretrain:
        yield 'pretrain', ''
    if arm.pretrain_test:
        yield 'pretrain_test', 'pretrain'
    if arm.recognize:
        yield 'recognize', 'pretrain'
        yield 'test', 'recognize'


def _digest(given: object) -> str:
    text = json.dumps(given, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _expanded(word: str) -> str:
    expanded = os.path.expandvars(word)
    if '$' in expanded:
        raise SpecError(f'prepare: set the environment variable that {word!r} names')
    return expanded


@contextmanager
def _environment(env: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(env)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
