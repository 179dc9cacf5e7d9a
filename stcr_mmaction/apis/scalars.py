"""Read the log of a training, across all resumed runs."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

Series = dict[str, dict[int, float]]
"""Name of a metric, then iteration, to value."""

BOOKKEEPING = {'base_lr', 'data_time', 'epoch', 'eta', 'iter', 'lr', 'memory', 'step',
               'time'}  # fmt: skip


def read_series(work_dir: Path) -> Series:
    """Read every metric that a training logged.

    Args:
        work_dir (Path): Work directory of the training.

    Returns:
        dict: Name of the metric, then iteration, to value. If iterations were repeated
        after a resume, the last value counts.

    Raises:
        ValueError: If there is no log.
    """
    lines = read_scalars(work_dir)
    if not lines:
        raise ValueError(
            f'{work_dir} has no */vis_data/scalars.json with anything in it: give the '
            'work directory of a training, after its first logged iteration'
        )
    series = defaultdict(dict)
    for iteration, line in zip(iterations(lines), lines, strict=True):
        for name in line.keys() - BOOKKEEPING:
            series[name][iteration] = line[name]
    return {name: dict(sorted(values.items())) for name, values in series.items()}


def read_scalars(folder: Path) -> list[dict[str, float]]:
    """Read the log lines of a training, across all resumed runs, in order."""
    written = sorted(folder.glob('*/vis_data/scalars.json'))
    return [json.loads(line) for path in written for line in path.open()]


def iterations(lines: list[dict]) -> list[int]:
    """Return the iteration at which each line was logged.

    Training lines contain it. Validation lines count epochs if training does.
    """
    length = epoch_length(lines)
    found, last = [], 0
    for line in lines:
        if 'iter' in line:
            last = line['step']
        # A validation comes no earlier than the training lines before it.
        found.append(last if 'iter' in line else max(last, line['step'] * length))
    return found


def epoch_length(lines: list[dict]) -> int:
    """Return the iterations of an epoch; 1 if the training does not count epochs.

    Every epoch logs first after the same number of its own iterations. With a single
    epoch the length is unknown: 0.
    """
    first = {}
    for line in lines:
        if 'iter' in line:
            epoch = line.get('epoch')
            first[epoch] = min(line['step'], first.get(epoch, line['step']))
    if None in first:
        return 1
    starts = sorted(first.items())[:2]
    if len(starts) < 2:
        return 0
    (epoch, start), (later, end) = starts
    return (end - start) // (later - epoch)
