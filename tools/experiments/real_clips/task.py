"""What one comparison learns from and is tested on."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch

from .clips import Videos, load_videos
from .sets import FOLDS, NO_CLASS, Clip, list_clips, make_folds

FRAME_STRIDE = 2
BRIGHTEN = 0.45
"""Exponent for the set that was filmed in the dark, whose median pixel is 16 of 255."""
DARK = 'dark_actions'
LIPS = 'lips'
UNLABELLED = 'skate', DARK, 'surv_fight'


class Task(NamedTuple):
    """The videos of one set, and others to pretrain on.

    Attributes:
        videos (Videos): N videos with labels.
        labels (np.ndarray): (N,), classes, 0 and up.
        groups (np.ndarray): (N,), what is never parted.
        folds (np.ndarray): (N,), 0 to 4, the fold that tests the video.
        others (Videos | None): What all folds pretrain on. None: the training part of
            each fold.
        stride (int | None): Between the frames of a clip; None: over the whole video.
        clips (int): Of each video that is tested.
        quarters (int): How many quarters of the training groups are validated on in
            turn: all where videos are few.
    """

    videos: Videos
    labels: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    others: Videos | None
    stride: int | None
    clips: int
    quarters: int

    def unlabelled(self, fold: int | None) -> Videos:
        """Return what to pretrain on for a fold."""
        if self.others is not None:
            return self.others
        return self.videos.choose(np.flatnonzero(self.folds != fold))

    def validations(self, train: np.ndarray) -> list[np.ndarray]:
        """Divide training videos to validate on; (N,), bool, for each quarter."""
        names = np.unique(self.groups[train])
        return [np.isin(self.groups, names[q::4]) & train for q in range(self.quarters)]

    def to(self, device: torch.device) -> Task:
        """Move the videos to a device."""
        others = self.others and self.others.to(device)
        return self._replace(videos=self.videos.to(device), others=others)


def pretrainings(name: str) -> list[int | None]:
    """Return the folds that a set is pretrained for; None: all at once."""
    return list(range(FOLDS)) if name == LIPS else [None]


def load_task(name: str, root: Path, height: int, cache: Path) -> Task:
    """Load a set: ``'interactions'`` or ``'lips'``.

    Interactions are pretrained for on all other sets but the lips, and on clips of the
    same set that show none; lips on the speakers that are not tested.
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
        others = Videos.join([rest, *(load(other) for other in UNLABELLED)])
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
