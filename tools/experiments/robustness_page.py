"""The page of the robustness tests, from their result files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from .report_tables import table
from .result import read_result

MAX_GROWTH = 0.05
HEAD = 'what was tried', 'tried', 'right', 'wrong', 'code'
ALIGNED = '| :-- | --: | :-- | --: | :-- |'
ABOUT = """\
# Robustness

Written by `python -m tools.experiments.robustness`; do not edit.
"""
NOTES = """
Everything random is drawn from seed {seeds}. A training is killed up to 5 times, at
random moments. Checkpoints are written at each iteration or each epoch, and there are 0,
1 or 2 workers. The optimizer's state is compared as well as the weights. A process that
does not end within two minutes counts as wrong. Videos are damaged by flipped bits, a
missing end, a part of zeros, splicing or noise. A damaged video that loads may still show
wrong pictures: decoders hide errors, and this is not tested.

Hardware: {hardware}. {minutes:.0f} minutes in all.
"""


class Row(NamedTuple):
    """A row of the table.

    Attributes:
        tried (str): What was tried.
        count (str): The count of how often.
        right (str): Template of what was right.
        wrong (Callable): Returns from the counts how often it was wrong.
    """

    tried: str
    count: str
    right: str
    wrong: Callable[[Mapping[str, float]], int]


def _count_wrong(counts: Mapping[str, float]) -> int:
    return counts['wrong']


ROWS = dict(
    kills=Row(
        'kills (SIGKILL) of a training, which is then resumed',
        'kills',
        '{equal} of {runs} trainings ended as an undisturbed one does, to the bit; '
        '{in_the_write} kills came while a checkpoint was written',
        lambda counts: counts['runs'] - counts['equal'],
    ),
    videos=Row(
        'damaged videos',
        'videos',
        '{loaded} gave a sample of the right shape and type; {refused} gave an error '
        'that names the file',
        _count_wrong,
    ),
    annotations=Row(
        'annotation files with random lines',
        'annotations',
        '{loaded} were read as a simple reference reads them; {refused} were refused by '
        'an error that names the file',
        _count_wrong,
    ),
    configs=Row(
        'configs with random options',
        'configs',
        '{trained} trained a step with finite losses; {refused} were refused by a '
        'message while they were built',
        _count_wrong,
    ),
    endings=Row(
        'trainings of two processes, while all processors are busy',
        'endings',
        '{whole_right} of {whole} that end by themselves had exit status 0 in both '
        'processes; {early_right} of {early} that an error, Ctrl-C or SIGTERM stopped '
        'did stop in both, none by an abort',
        lambda counts: counts['endings'] - counts['whole_right'] - counts['early_right'],
    ),
    clips=Row(
        'clips loaded by one process',
        'clips',
        'resident memory was {early:.0f} MiB after 500 clips and {late:.0f} MiB after '
        'all: {growth:+.1%}',
        lambda counts: int(counts['growth'] > MAX_GROWTH),
    ),
)


def write_page(folder: Path) -> tuple[str, int]:
    """Return the page, and the number of wrong results.

    Args:
        folder (Path): Folder of the result files, one for each part.
    """
    results = {part: read_result(folder / f'{part}.json') for part in ROWS}
    results = {part: result for part, result in results.items() if result}
    rows, wrongs = [], 0
    for part, result in results.items():
        row, counts = ROWS[part], Counter(result['counts'])
        wrong = row.wrong(counts)
        right = row.right.format_map(counts)  # a count may be missing: 0
        rows.append(
            [row.tried, str(counts[row.count]), right, str(wrong), result['code']]
        )
        wrongs += wrong
    notes = NOTES.format(
        seeds=_list(results, 'seed'),
        hardware=_list(results, 'hardware'),
        minutes=sum(result['minutes'] for result in results.values()),
    )
    head, _, *body = table(HEAD, rows)
    return '\n'.join([ABOUT, head, ALIGNED, *body, notes]), wrongs


def _list(results: Mapping[str, dict], key: str) -> str:
    return ', '.join(sorted({str(result[key]) for result in results.values()}))
