"""The folder of a run: its files and settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ...engine.checkpoints import find_latest_checkpoint
from ...version import __version__
from ...videos import write_atomically
from .prepared import PREPARED

FACTS = 'run.json'
BEGUN = 'begun.json'
FINETUNED = 'finetune'
FROM_SCRATCH = 'scratch'
EVALUATION = 'evaluation.json'
FROZEN_EVALUATION = 'evaluation_frozen.json'


@dataclass(frozen=True)
class Run:
    """A run of ``stcr pretrain``.

    Attributes:
        folder (Path): Folder of the run.
        facts (Mapping[str, Any]): ``settings``, given by the user, ``chosen``, the chosen
            values, and facts about the videos.
    """

    folder: Path
    facts: Mapping[str, Any]

    @property
    def config(self) -> Path:
        """Config of the pretraining."""
        return self.folder / 'config.py'

    @property
    def work_dir(self) -> Path:
        """Checkpoints and logs of the pretraining."""
        return self.folder / 'pretrain'

    @property
    def videos(self) -> Path:
        """Folder of the training videos."""
        return Path(self.facts['settings']['videos'])

    @property
    def copies(self) -> Path:
        """Folder of their small copies, if there are any."""
        return self.folder / PREPARED

    @property
    def damaged(self) -> dict[str, str]:
        """Absolute paths of videos that could not be copied, and the reason."""
        damaged = self.facts.get('damaged', {})
        return {str(self.videos / path): reason for path, reason in damaged.items()}

    @property
    def init(self) -> Path:
        """Initial weights, if there are any."""
        return self.folder / 'init.pth'

    @property
    def epochs_left(self) -> int:
        """Remaining epochs of pretraining."""
        epochs, checkpoint = self.facts['chosen']['epochs'], _latest(self.work_dir)
        return epochs - (int(checkpoint.stem.split('_')[1]) if checkpoint else 0)

    def weights(self) -> Path:
        """Return the newest weights.

        Raises:
            ValueError: If there are none yet.
        """
        newest = _latest(self.work_dir)
        if newest is None and self.init.is_file():
            newest = self.init
        if newest is None:
            raise ValueError(
                f'{self.folder} has no weights yet: run its `stcr pretrain` again, which '
                'resumes it'
            )
        return newest

    def classifier(self, scratch: bool = False) -> tuple[Path, Path] | None:
        """Return the config and checkpoint of the classifier, if there is one.

        Args:
            scratch (bool): Whether to return the classifier trained from random weights.
                Defaults to False.
        """
        folder = self.folder / (FROM_SCRATCH if scratch else FINETUNED)
        newest = _latest(folder)
        return (folder.with_suffix('.py'), newest) if newest else None

    def classifier_epochs_left(self, scratch: bool = False) -> int:
        """Return the remaining epochs of a classifier; 0 if there is none."""
        if not (classifier := self.classifier(scratch)):
            return 0
        config, checkpoint = classifier
        epochs = Config.fromfile(str(config)).train_cfg.get('max_epochs', 0)
        return max(0, epochs - int(checkpoint.stem.split('_')[1]))


def open_run(folder: str | Path) -> Run:
    """Open the folder of a run.

    Raises:
        ValueError: If it is not a run.
    """
    folder = Path(folder)
    file = folder / FACTS
    if not file.is_file():
        raise ValueError(
            f'{folder} is no run of `stcr pretrain`: it has no {FACTS}. Name the folder '
            'that was given to its --out'
        )
    try:
        return Run(folder.resolve(), json.loads(file.read_text()))
    except ValueError as error:
        raise ValueError(f'{file} cannot be read: {error}') from None


def find_run(folder: Path, settings: Mapping[str, Any]) -> Run | None:
    """Return the run to resume in a folder; None if a new run can begin there.

    Args:
        folder (Path): Folder of the run.
        settings (Mapping[str, Any]): The settings given now.

    Raises:
        ValueError: If the folder holds something else, or a run with other settings.
    """
    if (folder / FACTS).is_file():
        run = open_run(folder)
        _check_same(folder, run.facts['settings'], settings)
        return run
    if (folder / BEGUN).is_file():
        _check_same(folder, json.loads((folder / BEGUN).read_text()), settings)
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f'{folder} exists and is not a run: choose another --out')
    return None


def begin_run(folder: Path, settings: Mapping[str, Any]) -> None:
    """Create the folder of a run; only the same settings can resume it.

    Raises:
        ValueError: If it was begun with other settings.
    """
    if (folder / BEGUN).is_file():
        _check_same(folder, json.loads((folder / BEGUN).read_text()), settings)
    _write_json(folder / BEGUN, settings)


def write_facts(folder: Path, facts: Mapping[str, Any]) -> Run:
    """Write the facts of a run. They are written last: without them it is not a run."""
    facts = dict(facts, version=__version__)
    _write_json(folder / FACTS, facts)
    (folder / BEGUN).unlink(missing_ok=True)
    return Run(folder.resolve(), facts)


def _check_same(
    folder: Path, before: Mapping[str, Any], settings: Mapping[str, Any]
) -> None:
    if changed := list_changes(before, settings):
        raise ValueError(
            f'{folder} was begun with {changed}: choose another --out, or give the same '
            'settings to resume'
        )


def list_changes(before: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """List the settings that differ, with both values; '' if none does."""
    changed = [name for name in settings if before.get(name) != settings[name]]
    told = ((n, _tell(before.get(n)), _tell(settings[n])) for n in changed)
    return ', '.join(f'{name}={was}, now {now}' for name, was, now in told)


def _tell(value: object) -> str:
    return 'not given' if value is None else repr(value)


def _write_json(file: Path, value: Mapping[str, Any]) -> None:
    with write_atomically(file) as part:
        part.write_text(json.dumps(value, indent=1) + '\n')


def _latest(work_dir: Path) -> Path | None:
    if not any(work_dir.glob('*.pth')):
        return None  # so that nothing is logged
    newest = find_latest_checkpoint(str(work_dir))
    return Path(newest) if newest else None
