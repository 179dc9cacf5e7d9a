"""Evaluate frozen features by a linear probe and the nearest neighbor."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from torch import Tensor

from .clips import Videos
from .sampling import spread_offsets
from .scale import Scale

CHUNK = 50
GRID = 4, 4
"""Spatial grid of features that keep space."""
GAIN = 3.0
"""Gain of temporal gradients; the same for every arm."""
INPUTS = 'rgb', 'gradients'
STRENGTHS = 1e-3, 1e-2, 1e-1, 1.0
"""Inverse regularization strengths that are tried on validation groups."""


def prepare(clips: Tensor, scale: Scale, kind: str) -> Tensor:
    """Crop the center, and scale pixels to [0, 1].

    Args:
        clips (Tensor): (N, 3, T, H, W), uint8.
        scale (Scale): Scale, which sets the crop.
        kind (str): One of :data:`INPUTS`.

    Returns:
        Tensor: (N, 3, T, crop, crop), float32.
    """
    top, left = ((size - scale.crop) // 2 for size in clips.shape[-2:])
    clips = clips[..., top : top + scale.crop, left : left + scale.crop]
    return change_input(clips.float() / 255, kind)


def change_input(clips: Tensor, kind: str) -> Tensor:
    """Return clips (N, 3, T, H, W) in [0, 1], or their temporal gradients."""
    if kind == 'rgb':
        return clips
    changes = clips.diff(dim=2)
    changes = torch.cat((changes, changes[:, :, -1:]), dim=2)
    return (GAIN * changes + 0.5).clamp(0, 1)


@torch.no_grad()
def average_over_clips(
    network: Callable[[Tensor], Tensor],
    videos: Videos,
    stride: int | None,
    clips: int,
    scale: Scale,
    kind: str,
) -> Tensor:
    """Average a network's outputs over the clips of each video, (N, ...), on the CPU."""
    found = []
    for numbers in torch.arange(len(videos.starts)).split(CHUNK):
        offsets = spread_offsets(videos.lengths[numbers].cpu(), stride, clips)
        read = [videos.read(numbers, of.to(videos.frames.device)) for of in offsets]
        given = [network(prepare(clip, scale, kind)) for clip in read]
        found.append(torch.stack(given).mean(dim=0).float().cpu())
    return torch.cat(found)


def make_features(maps: Tensor, keep_space: bool) -> np.ndarray:
    """Flatten maps (N, C', T', H', W'); keep time, optionally a 4 x 4 grid of space."""
    if keep_space:
        grid = F.adaptive_avg_pool3d(maps, (maps.shape[2], *GRID))
        return grid.flatten(1).numpy()
    return maps.mean(dim=(3, 4)).flatten(1).numpy()


def probe(
    features: np.ndarray,
    labels: np.ndarray,
    train: np.ndarray,
    validations: Sequence[np.ndarray],
) -> dict[str, np.ndarray]:
    """Classify the videos of one fold after training on the others.

    Args:
        features (np.ndarray): (N, D).
        labels (np.ndarray): (N,), classes.
        train (np.ndarray): (N,), bool, training videos.
        validations (Sequence[np.ndarray]): (N,), bool, parts of these for choosing the
            regularization strength.

    Returns:
        dict[str, np.ndarray]: ``linear`` and ``nearest``, bool for each other video:
        whether it is classified correctly.
    """
    # A linear probe can only use the principal components of the training videos.
    scale = make_pipeline(StandardScaler(), PCA(svd_solver='full'))
    scaled = scale.fit(features[train]).transform(features)
    right = [
        np.mean([_linear(C, scaled, labels, train & ~v, v).mean() for v in validations])
        for C in STRENGTHS
    ]
    best = STRENGTHS[int(np.argmax(right))]
    nearest = make_pipeline(Normalizer(), KNeighborsClassifier(1))
    nearest.fit(features[train], labels[train])
    return dict(
        linear=_linear(best, scaled, labels, train, ~train),
        nearest=nearest.predict(features[~train]) == labels[~train],
    )


def _linear(
    strength: float,
    features: np.ndarray,
    labels: np.ndarray,
    train: np.ndarray,
    tested: np.ndarray,
) -> np.ndarray:
    """Return which test videos a linear probe classifies correctly."""
    model = LogisticRegression(C=strength, max_iter=300)
    model.fit(features[train], labels[train])
    return model.predict(features[tested]) == labels[tested]
