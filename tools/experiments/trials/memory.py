"""Load many videos, and measure whether memory grows."""

from __future__ import annotations

import os
import resource
from collections.abc import Sequence
from pathlib import Path

from mmengine.dataset import Compose

from tools.data.child_process import call_in_child

from . import FORK
from .bad_videos import TRAIN

EARLY = 500


def measure_growth(number: int, videos: Sequence[Path]) -> dict[str, float]:
    """Load clips in a new process, and compare its memory early and late.

    Args:
        number (int): Number of clips, more than 500.
        videos (Sequence[Path]): Intact videos, used in turn.

    Returns:
        dict: ``clips``; MiB of resident memory after 500 clips, ``early``, and after all,
        ``late``; ``growth``, late / early - 1.

    Raises:
        RuntimeError: If that process fails.
    """
    outcome = call_in_child(FORK, _load, number, videos, timeout=3600)
    if outcome.kind != 'value':
        raise RuntimeError(f'loading videos failed: {outcome}')
    early, late = outcome.value
    return dict(clips=number, early=early, late=late, growth=late / early - 1)


def _load(number: int, videos: Sequence[Path]) -> tuple[float, float]:
    pipeline = Compose(TRAIN)
    early = 0.0
    for clip in range(number):
        name = str(videos[clip % len(videos)])
        pipeline(dict(filename=name, start_index=0, modality='RGB', label=0))
        if clip + 1 == EARLY:
            early = _resident()
    return early, _resident()


def _resident() -> float:
    pages = int(Path(f'/proc/{os.getpid()}/statm').read_text().split()[1])
    return pages * resource.getpagesize() / 2**20
