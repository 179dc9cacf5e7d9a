"""Fine-tune a backbone on few labels, or train it from scratch in the same way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .clips import Videos
from .probing import change_input
from .sampling import draw_batches, draw_offsets
from .scale import Scale

BATCH = 16


class Recipe(NamedTuple):
    """Hyperparameters that are tuned for each arm.

    Attributes:
        lr (float): Learning rate of AdamW, for the whole network.
        iterations (int): Steps of the optimizer.
    """

    lr: float
    iterations: int


GRID = tuple(
    Recipe(lr, iterations) for lr in (1e-3, 3e-3) for iterations in (150, 450, 1350)
)
"""Recipes that are tried on validation groups."""


class Classifier(nn.Module):
    """A backbone, global average pooling and a linear layer, as in ``I3DHead``."""

    def __init__(self, backbone: nn.Module, channels: int, classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.fc = nn.Linear(channels, classes)

    def forward(self, clips: Tensor) -> Tensor:
        """(N, 3, T, H, W) -> (N, classes)."""
        return self.fc(self.backbone(clips).mean(dim=(2, 3, 4)))


def finetune(
    backbone: nn.Module,
    videos: Videos,
    labels: Tensor,
    stride: int | None,
    scale: Scale,
    kind: str,
    recipe: Recipe,
    seed: int,
) -> Classifier:
    """Train a backbone and a classifier.

    Args:
        backbone (nn.Module): The backbone; changed in place.
        videos (Videos): N videos, on the device of the training.
        labels (Tensor): (N,), int64.
        stride (int, optional): Stride between the frames of a clip.
        scale (Scale): Scale, which sets the crop.
        kind (str): ``'rgb'`` or ``'gradients'``.
        recipe (Recipe): Learning rate and steps.
        seed (int): Random seed.

    Returns:
        Classifier: In evaluation mode.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    device = videos.frames.device
    model = Classifier(backbone, backbone.out_channels, int(labels.max()) + 1).to(device)
    backbone.to(memory_format=torch.channels_last_3d)
    optimizer = torch.optim.AdamW(model.parameters(), recipe.lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.iterations)
    labels = labels.to(device)
    model.train()
    for numbers in draw_batches(len(labels), BATCH, recipe.iterations, random):
        offsets = draw_offsets(videos.lengths[numbers].cpu(), stride, random)
        clips = _crop_and_flip(videos.read(numbers, offsets.to(device)), scale, random)
        logits = model(change_input(clips, kind))
        optimizer.zero_grad()
        F.cross_entropy(logits, labels[numbers]).backward()
        optimizer.step()
        schedule.step()
    return model.eval()


def choose_few(
    labels: np.ndarray, count: int | None, random: np.random.Generator
) -> np.ndarray:
    """Choose some videos of each class, or all; return their indices."""
    of_classes = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    return np.sort(np.concatenate([random.permutation(c)[:count] for c in of_classes]))


def _crop_and_flip(clips: Tensor, scale: Scale, random: np.random.Generator) -> Tensor:
    """(N, 3, T, H, W), uint8 -> (N, 3, T, crop, crop), each with its own crop."""
    height, width = clips.shape[-2:]
    tops = random.integers(height - scale.crop + 1, size=len(clips))
    lefts = random.integers(width - scale.crop + 1, size=len(clips))
    flipped = random.random(len(clips)) < 0.5
    cut = []
    for clip, top, left, flip in zip(clips, tops, lefts, flipped, strict=True):
        part = clip[..., top : top + scale.crop, left : left + scale.crop]
        cut.append(part.flip(-1) if flip else part)
    return torch.stack(cut).float() / 255
