"""The training and test data of a comparison."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from .clips import Videos, load_videos
from .sets import FOLDS, NO_CLASS, Clip, list_clips, make_folds

FRAME_STRIDE = 2
BRIGHTEN = 0.45
"""Gamma for the set that was filmed in the dark; its median pixel is 16 of 255."""
DARK = 'dark_actions'
LIPS = 'lips'
UNLABELED = 'skate', DARK, 'surv_fight'


class Task(NamedTuple):
    """The videos of one set, and other videos for pretraining.

    Attributes:
        videos (Videos): N videos with labels.
        labels (np.ndarray): (N,), classes from 0.
        groups (np.ndarray): (N,), groups, which stay in one fold.
        folds (np.ndarray): (N,), 0 to 4, the test fold of each video.
        others (Videos | None): Pretraining videos for all folds. None: the training part
            of each fold.
        stride (int | None): Stride between the frames of a clip; None: over the whole
            video.
        clips (int): Clips of each test video.
        quarters (int): How many quarters of the training groups are used for validation
            in turn; all if there are few videos.
    """

    videos: Videos
    labels: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    others: Videos | None
    stride: int | None
    clips: int
    quarters: int

    def unlabeled(self, fold: int | None) -> Videos:
        """Return the pretraining videos for a fold."""
        if self.others is not None:
            return self.others
        return self.videos.choose(np.flatnonzero(self.folds != fold))

    def validations(self, train: np.ndarray) -> list[np.ndarray]:
        """Return a validation part of the training videos, (N,), bool, per quarter."""
        names = np.unique(self.groups[train])
        return [np.isin(self.groups, names[q::4]) & train for q in range(self.quarters)]

    def to(self, device: torch.device) -> Task:
        """Move the videos to a device."""
        others = self.others and self.others.to(device)
        return self._replace(videos=self.videos.to(device), others=others)


def pretrainings(name: str) -> list[int | None]:
    """Return the folds that need their own pretraining; None: one for all."""
    return list(range(FOLDS)) if name == LIPS else [None]


def load_task(name: str, root: Path, height: int, cache: Path) -> Task:
    """Load a set: ``'interactions'`` or ``'lips'``.

    For interactions, pretraining uses all other sets except lips, and clips of the same
    set without interactions. For lips, it uses the training speakers.
    """
    sets: dict[str, list[Clip]] = {}
    for clip in list_clips(root):
        sets.setdefault(clip.set, []).append(clip)

    def load(of: str) -> Videos:
        paths = [clip.path for clip in sets[of]]
        videos = load_videos(paths, height, cache / f'{of}_{height}.pt')
        return _brighten(videos) if of == DARK else videos

    clips, videos = sets[name], load(name)
    tested = np.array([clip.label != NO_CLASS for clip in clips])
    others = None
    if name == 'interactions':
        rest = videos.choose(np.flatnonzero(~tested))
        others = Videos.join([rest, *(load(other) for other in UNLABELED)])
    clips = [clip for clip, chosen in zip(clips, tested, strict=True) if chosen]
    folds = make_folds(clips)
    return Task(
        videos=videos.choose(np.flatnonzero(tested)),
        labels=np.unique([clip.label for clip in clips], return_inverse=True)[1],
        groups=np.array([clip.group for clip in clips]),
        folds=np.array([folds[clip.group] for clip in clips]),
        others=others,
        stride=None if name == LIPS else FRAME_STRIDE,
        clips=1 if name == LIPS else 4,
        quarters=1 if name == LIPS else 4,
    )


def _brighten(videos: Videos) -> Videos:
    brighter = (255 * (torch.arange(256) / 255) ** BRIGHTEN).round().to(torch.uint8)
    frames = brighter[videos.frames.flatten().int()].view_as(videos.frames)
    return videos._replace(frames=frames)
