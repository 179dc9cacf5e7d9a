"""A network: a backbone, a seed, and its pretraining."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from stcr_mmaction.models.recognizers.recipe import read_recipe
from stcr_mmaction.videos import write_atomically

from ..machine import hardware, versions
from ..result import write_result
from .clips import Videos
from .pretraining import pretrain
from .scale import SCALES, Scale
from .task import Task, pretrainings

UNTRAINED = 'untrained'
PIXELS = 'pixels'
RECIPE = 'contrast'
NOT_TRAINED = UNTRAINED, PIXELS
PIXEL_GRID = 12, 16, 16


class Pixels(nn.Module):
    """A baseline without a network: the gray clip on a coarse grid."""

    def forward(self, clips: Tensor) -> Tensor:
        """(N, 3, T, H, W) -> (N, 16, 12, 4, 4): 4 x 4 positions of 4 x 4 pixels."""
        grid = F.adaptive_avg_pool3d(clips.mean(dim=1), PIXEL_GRID)
        return F.pixel_unshuffle(grid[:, :, None], 4).transpose(1, 2)


class Places(NamedTuple):
    """Folders of weights and decoded videos, and of results."""

    work_dir: Path
    out: Path


@dataclass(frozen=True)
class Network:
    """A backbone with a seed, untrained or pretrained by a recipe.

    Attributes:
        set (str): Test set, see :func:`load_task`.
        backbone (str): One of :data:`~.scale.BACKBONES`.
        arm (str): ``'untrained'``, ``'pixels'``, or the name or file of a recipe.
        seed (int): Random seed.
        size (str): One of :data:`~.scale.SCALES`.
    """

    set: str
    backbone: str
    arm: str
    seed: int
    size: str

    @property
    def scale(self) -> Scale:
        """Sizes of frames, batches and networks."""
        return SCALES[self.size]

    @property
    def arm_name(self) -> str:
        """Name of the recipe, without its path."""
        return Path(self.arm).stem

    @property
    def name(self) -> str:
        """Name of its files."""
        return f'{self.set}_{self.backbone}_{self.arm_name}_seed-{self.seed}'

    @property
    def folds(self) -> list[int | None]:
        """The folds that it is pretrained for; None: one network for all."""
        return [None] if self.arm in NOT_TRAINED else pretrainings(self.set)

    def weights(self, fold: int | None, places: Places) -> Path:
        """Return the weights file for a fold."""
        place = '' if fold is None else f'_fold-{fold}'
        steps = self.scale.iterations[self.set]
        return places.work_dir / self.size / f'{self.name}{place}_{steps}.pth'

    def load(
        self, task: Task, fold: int | None, places: Places
    ) -> tuple[nn.Module, Mapping[str, list[float]]]:
        """Load the backbone for a fold, and the losses of its pretraining."""
        if self.arm == PIXELS:
            return Pixels(), {}
        device = task.videos.frames.device
        torch.manual_seed(self.seed)
        backbone = MODELS.build(self.scale.backbone(self.backbone)).to(device).eval()
        if self.arm == UNTRAINED:
            return backbone, {}
        file = self.weights(fold, places)
        kept = torch.load(file, map_location=device, weights_only=True)
        origin = self.origin(task.unlabeled(fold))
        if kept.get('of', origin) != origin:
            raise ValueError(f'{file} is of another recipe or other videos: delete it')
        backbone.load_state_dict(kept['weights'])
        return backbone, kept['losses']

    def origin(self, videos: Videos) -> str:
        """Return a digest of the recipe and the pretraining videos."""
        pixels = int(videos.frames.sum(dtype=torch.int64))
        text = f'{read_recipe(self.arm).to_dict()} {pixels}'
        return hashlib.sha256(text.encode()).hexdigest()

    def describe(self) -> dict:
        """Describe the network, its training and the machine."""
        told = {**asdict(self), 'arm': self.arm_name}
        steps = 0 if self.arm in NOT_TRAINED else self.scale.iterations[self.set]
        return dict(told, iterations=steps, hardware=hardware(), versions=versions())


@dataclass(frozen=True)
class Pretrained(Network):
    """Pretrain for one fold, without its videos; None: for all folds."""

    fold: int | None

    def file(self, places: Places) -> Path:
        """Return the weights file."""
        return self.weights(self.fold, places)

    def run(self, task: Task, places: Places) -> None:
        """Pretrain, and save the weights."""
        videos = task.unlabeled(self.fold)
        trained, losses = pretrain(
            self.scale.backbone(self.backbone),
            self.arm,
            videos,
            task.stride,
            self.scale,
            self.seed,
            self.scale.iterations[self.set],
        )
        file = self.file(places)
        origin = self.origin(videos)
        with write_atomically(file) as part:
            torch.save(dict(weights=trained.state_dict(), losses=losses, of=origin), part)
        print(file.stem, {name: found[-1] for name, found in losses.items()}, flush=True)


def write(file: Path, result: dict) -> None:
    """Write a result, and print its accuracies.

    ``right`` has one digit for each video, so that intervals can be computed from the
    file.
    """
    right = result['right']
    result['accuracy'] = {name: float(hits.mean()) for name, hits in right.items()}
    result['right'] = {n: ''.join('01'[int(hit)] for hit in h) for n, h in right.items()}
    write_result(file, result)
    figures = {name: round(100 * v, 1) for name, v in result['accuracy'].items()}
    print(file.stem, figures, f'{result["seconds"]:.0f} s', flush=True)
