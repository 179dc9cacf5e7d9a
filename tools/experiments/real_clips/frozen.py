"""Evaluate frozen networks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from .network import Network, Places, write
from .probing import INPUTS, average_over_clips, make_features, probe
from .sets import FOLDS
from .task import Task

SPACE = dict(averaged=False, kept=True)


@dataclass(frozen=True)
class Frozen(Network):
    """Linear probe and nearest neighbor."""

    def file(self, places: Places) -> Path:
        """Return the result file."""
        return places.out / self.size / 'frozen' / f'{self.name}.json'

    def run(self, task: Task, places: Places) -> None:
        """Probe all folds and inputs."""
        start = time.monotonic()
        right: dict[str, np.ndarray] = {}
        losses = {}
        for fold in self.folds:
            backbone, losses[str(fold)] = self.load(task, fold, places)
            tested = range(FOLDS) if fold is None else [fold]
            for kind in INPUTS:
                maps = average_over_clips(
                    backbone, task.videos, task.stride, task.clips, self.scale, kind
                )
                self._probe(maps, kind, task, tested, right)
        seconds = time.monotonic() - start
        told = dict(self.describe(), losses=losses, right=right, seconds=seconds)
        write(self.file(places), told)

    def _probe(
        self,
        maps: Tensor,
        kind: str,
        task: Task,
        folds: Iterable[int],
        right: dict[str, np.ndarray],
    ) -> None:
        """Note which videos of some folds are classified correctly."""
        for space, keep in SPACE.items():
            features = make_features(maps, keep)
            for fold in folds:
                train = task.folds != fold
                parts = task.validations(train)
                for measure, hits in probe(features, task.labels, train, parts).items():
                    name = f'{measure}, {kind}, space {space}'
                    of_all = right.setdefault(name, np.zeros(len(train), bool))
                    of_all[~train] = hits
