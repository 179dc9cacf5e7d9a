"""Fine-tune networks on few labels."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from ..result import read_result, write_result
from .finetuning import GRID, Recipe, choose_few, finetune
from .network import Network, Places, write
from .probing import average_over_clips
from .sets import FOLDS
from .task import Task

K = TypeVar('K')
TUNING_SEED = 0
TUNING_FOLD = 0


@dataclass(frozen=True)
class Finetuned(Network):
    """Fine-tune on some labels of each class.

    Attributes:
        labels (int | None): Number of labels per class; None: all.
        kind (str): The input, ``'rgb'`` or ``'gradients'``.
    """

    labels: int | None
    kind: str

    @property
    def stem(self) -> str:
        """Name of the result files, without the seed."""
        labels = 'all' if self.labels is None else self.labels
        return f'{self.set}_{self.backbone}_{self.arm_name}_labels-{labels}_{self.kind}'

    def file(self, places: Places) -> Path:
        """Return the result file."""
        return places.out / self.size / 'finetuned' / f'{self.stem}_seed-{self.seed}.json'

    def run(self, task: Task, places: Places) -> None:
        """Fine-tune and test every fold, with the chosen recipe."""
        recipe = Recipe(**read_result(self.tuning().file(places))['chosen'])

        def test(key: tuple[int, Recipe]) -> np.ndarray:
            train = task.folds != key[0]
            return self.learn(task, places, key[0], train, ~train, recipe)

        # Parts of another recipe, as an earlier tuning may have left, do not count.
        keys = [(fold, recipe) for fold in range(FOLDS)]
        found, seconds = resume(self.parts(places), keys, test)
        right = np.zeros(len(task.labels), bool)
        for (fold, _), hits in found.items():
            right[task.folds == fold] = hits
        told = dict(self.describe(), recipe=recipe._asdict(), right=dict(top1=right))
        self.finish(places, dict(told, seconds=seconds))

    def finish(self, places: Places, result: dict) -> None:
        """Write the result; its parts are not needed any more."""
        write(self.file(places), result)
        self.parts(places).unlink()

    def parts(self, places: Places) -> Path:
        """Return the file of what is finished so far."""
        file = self.file(places)
        return places.work_dir / self.size / 'parts' / file.parent.name / file.name

    def tuning(self) -> Tuning:
        """Return the job that chooses the recipe, the same for all seeds."""
        return Tuning(**{**asdict(self), 'seed': TUNING_SEED})

    def learn(
        self,
        task: Task,
        places: Places,
        fold: int,
        train: np.ndarray,
        tested: np.ndarray,
        recipe: Recipe,
    ) -> np.ndarray:
        """Train on few videos; return which test videos are classified correctly."""
        backbone, _ = self.load(task, fold if fold in self.folds else None, places)
        numbers = np.flatnonzero(train)
        random = np.random.default_rng((self.seed, fold))
        numbers = numbers[choose_few(task.labels[numbers], self.labels, random)]
        model = finetune(
            backbone,
            task.videos.choose(numbers),
            torch.from_numpy(task.labels[numbers]),
            task.stride,
            self.scale,
            self.kind,
            recipe,
            self.seed,
        )
        videos = task.videos.choose(np.flatnonzero(tested))
        scores = average_over_clips(
            lambda clips: model(clips).softmax(dim=1),
            videos,
            task.stride,
            task.clips,
            self.scale,
            self.kind,
        )
        return scores.argmax(dim=1).numpy() == task.labels[tested]


@dataclass(frozen=True)
class Tuning(Finetuned):
    """Choose the recipe of a fine-tuning on validation groups of one fold."""

    def file(self, places: Places) -> Path:
        """Return the result file."""
        return places.out / self.size / 'tuning' / f'{self.stem}.json'

    def run(self, task: Task, places: Places) -> None:
        """Try all recipes; among equals the first is chosen."""
        train = task.folds != TUNING_FOLD
        held_out = task.validations(train)

        def validate(recipe: Recipe) -> np.ndarray:
            parts = ((train & ~held, held) for held in held_out)
            hits = [self.learn(task, places, TUNING_FOLD, *p, recipe) for p in parts]
            return np.concatenate(hits)

        right, seconds = resume(self.parts(places), GRID, validate)
        best = max(GRID, key=lambda recipe: right[recipe].mean())
        right = {str(recipe): hits for recipe, hits in right.items()}
        told = dict(self.describe(), chosen=best._asdict(), right=right)
        self.finish(places, dict(told, seconds=seconds))


def resume(
    parts: Path, keys: Iterable[K], test: Callable[[K], np.ndarray]
) -> tuple[dict[K, np.ndarray], float]:
    """Run the tests that are not in a file yet, and write each result into it at once.

    Args:
        parts (Path): The file.
        keys (Iterable): What to test.
        test (Callable): Takes a key; returns which videos are classified correctly.

    Returns:
        tuple: The results, and the seconds of all tests.
    """
    kept = read_result(parts) or {}
    found = {}
    for key in keys:
        if str(key) not in kept:
            start = time.monotonic()
            right = test(key).tolist()
            kept[str(key)] = dict(right=right, seconds=time.monotonic() - start)
            write_result(parts, kept)
        found[key] = np.array(kept[str(key)]['right'], bool)
    return found, sum(kept[str(key)]['seconds'] for key in found)
