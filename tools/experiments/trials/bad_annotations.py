"""Write annotation files with random lines, and read them."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from mmaction.registry import DATASETS

from tools.data.child_process import Outcome, call_in_child

from . import FORK

NAMES = 'a.mp4', 'of a class/b c.mp4', 'ü;,.mp4'
CLASSES = 5
PIECES = (
    *NAMES,
    *('0', '4', '5', '-1', '-2', '1.0', '١', '1e1', '٣٣', '0x1', 'label', '999999999999'),
    *(' ', '  ', '\t', '\u3000', '', '#', '"', '\\', '\0', 'gone.mp4', '../a.mp4', '/'),
)


def try_bad_annotations(number: int, folder: Path, seed: int) -> Iterator[Counter]:
    """Build data sets of random annotation files.

    Args:
        number (int): Number of files, each with 1 to 4 lines.
        folder (Path): Folder for the files and for empty videos.
        seed (int): Random seed.

    Yields:
        Counter: After each file, counts of ``annotations``, and among these ``loaded``
        (as by a simple reference), ``refused`` (with an error that names the file), and
        ``wrong``.
    """
    for name in NAMES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    for number_of_file in range(number):
        draw = random.Random(f'{seed} {number_of_file}')
        lines = [_draw_line(draw) for _ in range(draw.randint(1, 4))]
        path = folder / f'{number_of_file}.txt'
        path.write_text('\n'.join(lines), encoding='utf-8')
        outcome = call_in_child(FORK, load, path)
        answer = judge(outcome, path, read(lines))
        if answer == 'wrong':
            path.with_suffix('.outcome').write_text(repr(outcome))
        else:
            path.unlink()
        yield Counter({'annotations': 1, answer: 1})


def _draw_line(draw: random.Random) -> str:
    if draw.random() < 0.5:
        return f'{draw.choice(NAMES)} {draw.randrange(CLASSES)}'
    return ''.join(draw.choice(PIECES) for _ in range(draw.randint(0, 4)))


def load(path: Path) -> list[tuple[str, int]]:
    """Load a list; return file and label of each entry."""
    dataset = DATASETS.build(
        dict(
            type='CheckedVideoDataset',
            ann_file=str(path),
            data_prefix=dict(video=str(path.parent)),
            num_classes=CLASSES,
            pipeline=[],
        )
    )
    entries = map(dataset.get_data_info, range(len(dataset)))
    return [(entry['filename'], entry['label']) for entry in entries]


def read(lines: list[str]) -> list[tuple[str, int]] | None:
    """Read lines by a simple reference; None if they are invalid."""
    rows = [re.fullmatch(r'(.+) ([0-4])', line.strip()) for line in lines if line.strip()]
    if not rows or not all(row and row[1] in NAMES for row in rows):
        return None
    return [(row[1], int(row[2])) for row in rows]


def judge(outcome: Outcome, path: Path, expected: list | None) -> str:
    """Classify an outcome: ``'loaded'``, ``'refused'`` or ``'wrong'``."""
    if outcome.kind == 'value' and expected is not None:
        wanted = [(str(path.parent / name), label) for name, label in expected]
        return 'loaded' if outcome.value == wanted else 'wrong'
    if outcome.kind == 'error' and expected is None:
        kind, message = outcome.value
        named = kind in ('ValueError', 'FileNotFoundError') and str(path) in message
        return 'refused' if named else 'wrong'
    return 'wrong'
