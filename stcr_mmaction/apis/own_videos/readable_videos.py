"""Labeled videos that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...videos import check_videos
from .console import tell
from .labels import LabeledVideos
from .run_folder import Run


def leave_out_damaged(
    labeled: LabeledVideos, run: Run | None = None, every_class: bool = True
) -> tuple[LabeledVideos, Sequence[str]]:
    """Leave out videos that cannot be read, and print which.

    Args:
        labeled (LabeledVideos): N videos.
        run (Run, optional): If it made small copies, it knows which videos cannot be
            decoded to their end. Defaults to None.
        every_class (bool): Whether each class must keep a video. Defaults to True.

    Returns:
        tuple: The remaining videos, and a digest of each; ``''`` if no other file has the
        same size.

    Raises:
        ValueError: If no video of a class is left.
    """
    names = [str(path) for path in labeled.paths]
    checked = check_videos(Path('/'), names)
    damaged = run.damaged if run else {}
    left_out = {name: damaged[name] for name in names if name in damaged}
    left_out |= checked.left_out
    tell(*(f'left out: {path}: {why}' for path, why in left_out.items()))
    kept = [name not in left_out for name in names]
    left = labeled.choose(np.flatnonzero(kept))
    lost = set(labeled.labels) - set(left.labels) - {-1}
    if lost and every_class:
        classes = ', '.join(labeled.classes[label] for label in sorted(lost))
        raise ValueError(f'no video of these classes can be read: {classes}')
    return left, [checked.digests.get(str(path), '') for path in left.paths]
