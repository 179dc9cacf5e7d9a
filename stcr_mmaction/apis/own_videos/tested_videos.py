"""The videos that a network is tested on, and those that it has learned from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...datasets.annotations import parse_line
from ...videos import digest_alike
from .console import tell
from .division import divide
from .inference import read_classes
from .labels import LabeledVideos, read_labels_of
from .prepared import name_in_lists, original_of
from .readable_videos import leave_out_damaged
from .run_folder import FINETUNED, Run


def divide_for_probe(
    run: Run, labels: str | Path | None
) -> tuple[LabeledVideos, LabeledVideos]:
    """Return the training and the test videos of a probe.

    Args:
        run (Run): The run. If it is fine-tuned, its training videos are those of the
            fine-tuning. Otherwise the labeled videos are divided.
        labels (str | Path, optional): As in :func:`evaluate`.

    Raises:
        ValueError: If there are no labels, or they do not fit the run.
    """
    if run.classifier():
        classes = read_classes(run)
        return _read_part(run, 'train', classes), read_tested(run, labels, classes)
    source = labels or run.facts['settings']['labels']
    if source is None:
        raise ValueError('there are no labels: give --labels, a CSV with path,label')
    labeled, digests = leave_out_damaged(_read(run, source, None), run)
    division = divide(labeled, digests)  # as fine-tuning does by default
    tell(*division.notes)
    splits = np.array(labeled.splits or [])
    tested = np.flatnonzero(splits == 'test') if 'test' in splits else division.val
    return labeled.choose(division.train), labeled.choose(tested)


def read_tested(run: Run, labels: str | Path | None, classes: list[str]) -> LabeledVideos:
    """Return the test videos of a fine-tuned run, without those it has learned from.

    Args:
        run (Run): The run.
        labels (str | Path, optional): The labeled videos; None: those that fine-tuning
            held out.
        classes (list[str]): The classes of the run.

    Raises:
        ValueError: If no video is left, or the labels do not fit the classes.
    """
    if labels is None:
        apart = 'test' if (run.folder / FINETUNED / 'test.txt').is_file() else 'val'
        return _read_part(run, apart, classes)
    given = _read(run, labels, classes)
    tested, _ = leave_out_damaged(given, run, every_class=False)
    new = _find_new(tested.paths, _read_part(run, 'train', classes).paths)
    if len(new) < len(tested.paths):
        tell(f'{len(tested.paths) - len(new)} training videos are left out of the test')
    if not new:
        raise ValueError(f'{labels} has only training videos: give others to test on')
    return tested.choose(new)


def list_files(run: Run, labeled: LabeledVideos) -> list[Path]:
    """Return the files to read: the small copies where they exist."""
    names = (name_in_lists(path, run.videos, run.copies) for path in labeled.paths)
    return [run.copies / name for name in names]


def _find_new(paths: Sequence[Path], learned: Sequence[Path]) -> list[int]:
    """Return which videos are not learned ones: no link to one, and no copy."""
    there = [path for path in learned if path.is_file()]  # not so if copies were trained
    digests = digest_alike(Path('/'), map(str, (*there, *paths)))
    known = {path.resolve() for path in learned}
    contents = {digests[str(path)] for path in there if str(path) in digests}
    return [
        number
        for number, path in enumerate(paths)
        if path.resolve() not in known and digests.get(str(path)) not in contents
    ]


def _read(run: Run, source: str | Path, classes: Sequence[str] | None) -> LabeledVideos:
    """Read labels; leave out videos without one."""
    read = read_labels_of(Path(source), run.videos, classes=classes)
    return read.choose(np.flatnonzero(np.array(read.labels) >= 0))


def _read_part(run: Run, part: str, classes: list[str]) -> LabeledVideos:
    """Read a list that fine-tuning has written."""
    lines = (run.folder / FINETUNED / f'{part}.txt').read_text().splitlines()
    paths, labels = zip(*(parse_line(line) for line in lines), strict=True)
    originals = [original_of(path, run.videos) for path in paths]
    return LabeledVideos(originals, list(labels), classes, None, None)
