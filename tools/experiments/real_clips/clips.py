"""Many short videos in one tensor, decoded once, to read clips from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from av.video.reformatter import VideoReformatter
from joblib import Parallel, delayed
from torch import Tensor

from stcr_mmaction.videos import decode, write_atomically

SIDES = 3, 4
"""Aspect ratio of the frames, height to width, for all videos."""


class Videos(NamedTuple):
    """Frames of many videos, concatenated.

    Attributes:
        frames (Tensor): (F, H, W, 3), uint8.
        starts (Tensor): (N,), int64, where each video begins.
        lengths (Tensor): (N,), int64, its frames.
    """

    frames: Tensor
    starts: Tensor
    lengths: Tensor

    def to(self, device: torch.device) -> Videos:
        """Move to a device."""
        return Videos(*(tensor.to(device) for tensor in self))

    def choose(self, numbers: Sequence[int]) -> Videos:
        """Select some of the videos; the frames are shared."""
        numbers = torch.as_tensor(numbers, device=self.starts.device)
        return Videos(self.frames, self.starts[numbers], self.lengths[numbers])

    @classmethod
    def join(cls, parts: Sequence[Videos]) -> Videos:
        """Concatenate several sets of videos."""
        sizes = torch.tensor([len(part.frames) for part in parts])
        before = (sizes.cumsum(0) - sizes).tolist()
        starts = [part.starts + b for part, b in zip(parts, before, strict=True)]
        lengths = torch.cat([part.lengths for part in parts])
        return cls(torch.cat([part.frames for part in parts]), torch.cat(starts), lengths)

    def read(self, numbers: Tensor, offsets: Tensor) -> Tensor:
        """Read clips.

        Args:
            numbers (Tensor): (N,), int64, indices of videos.
            offsets (Tensor): (N, T), int64, frame indices within each video.

        Returns:
            Tensor: (N, 3, T, H, W), uint8.
        """
        return self.frames[self.starts[numbers, None] + offsets].permute(0, 4, 1, 2, 3)


def load_videos(paths: Sequence[Path], height: int, cache: Path) -> Videos:
    """Decode videos to one size, or read them from a cache.

    Args:
        paths (Sequence[Path]): N videos.
        height (int): Height of the frames, which are 4:3.
        cache (Path): Cache file for the frames.

    Returns:
        Videos: On the CPU, in the order of the paths.
    """
    names = [f'{path.parent.name}/{path.name}' for path in paths]
    if not cache.is_file():
        decoded = Parallel(n_jobs=-1)(delayed(_decode)(path, height) for path in paths)
        lengths = torch.tensor([len(frames) for frames in decoded])
        frames = torch.from_numpy(np.concatenate(decoded))
        with write_atomically(cache) as part:
            torch.save(dict(frames=frames, lengths=lengths, names=names), part)
    kept = torch.load(cache, mmap=True)
    if kept['names'] != names:
        raise ValueError(f'{cache} holds other videos: delete it, or name another one')
    lengths = kept['lengths']
    return Videos(kept['frames'], lengths.cumsum(0) - lengths, lengths)


def _decode(path: Path, height: int) -> np.ndarray:
    """Decode all frames in order, since seeking may repeat some."""
    resize = VideoReformatter().reformat
    size = dict(width=height * SIDES[1] // SIDES[0], height=height)
    frames = (resize(frame, **size, format='rgb24') for frame in decode(str(path)))
    return np.stack([frame.to_ndarray() for frame in frames])
