"""Evaluate a network on labeled videos."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer, StandardScaler
from torch import nn

from ...datasets.annotations import parse_line
from ...functional import nearest_neighbors
from ..network import NONE
from ..own_videos.console import tell
from ..own_videos.division import divide
from ..own_videos.evaluation import Evaluation
from ..own_videos.inference import (
    load_classifier,
    load_extractor,
    read_classes,
    show_videos,
)
from ..own_videos.labels import LabeledVideos, read_labels_of
from ..own_videos.prepared import name_in_lists, original_of
from ..own_videos.run_folder import (
    EVALUATION,
    FINETUNED,
    FROZEN_EVALUATION,
    Run,
    open_run,
)
from ..own_videos.summary import report
from .embed import extract
from .finetune import leave_out_damaged

SHOWN = 4
"""How many test videos are shown, and how many neighbors of each."""
PROBES = dict(
    linear=lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    nearest=lambda: make_pipeline(Normalizer(), KNeighborsClassifier(1)),
)
"""Classifiers that are fitted on frozen features."""


def evaluate(
    run: str | Path, labels: str | Path | None = None, *, probe: bool = False
) -> Evaluation:
    """Evaluate a network on labeled videos.

    After fine-tuning, test the classifier, and the one in ``RUN/scratch`` if it exists.
    Before fine-tuning, or with ``probe``, fit a linear probe and a nearest-neighbor
    classifier on frozen features of the training videos. Do so for the pretrained network
    and for one with random weights.

    Args:
        run (str | Path): Folder of the run.
        labels (str | Path, optional): Labeled videos to test on, as in :func:`finetune`;
            training videos are left out. Defaults to None: the videos that fine-tuning
            held out. Before fine-tuning, the labels given to ``pretrain`` are divided in
            the same way.
        probe (bool): Whether to evaluate frozen features even after fine-tuning. Defaults
            to False.

    Returns:
        Evaluation: The result. It is also written to ``RUN/evaluation.json``, or
        ``RUN/evaluation_frozen.json`` for frozen features.

    Raises:
        ValueError: If there are no labels, or they do not fit the run.
        OSError: If something cannot be read or written.
    """
    opened = open_run(run)
    if probe or not opened.classifier():
        found, name = _probe(opened, labels), FROZEN_EVALUATION
    else:
        found, name = _classify(opened, labels), EVALUATION
    (opened.folder / name).write_text(json.dumps(asdict(found), indent=1))
    report(opened)
    return found


def _classify(run: Run, labels: str | Path | None) -> Evaluation:
    classes = read_classes(run)
    tested = _read_tested(run, labels, classes)
    names = {'fine-tuned': False}
    if run.classifier(scratch=True):
        names['from scratch'] = True
    models = [load_classifier(run, scratch) for scratch in names.values()]
    answers: dict[str, list[int]] = {name: [] for name in names}
    for path, found in show_videos(models, run, _shown(run, tested), 'test videos'):
        damaged = isinstance(found, str)
        if damaged:
            tell(f'{path} counts as wrong: {found}')
        for number, name in enumerate(names):
            answers[name].append(-1 if damaged else int(found[number].pred_label))
    paths = [str(path) for path in tested.paths]
    return Evaluation(classes, paths, list(tested.labels), answers)


def _probe(run: Run, labels: str | Path | None) -> Evaluation:
    learned, tested = _divide(run, labels)
    names = {'pretrained': 'pretrained', 'untrained': NONE}
    models = [load_extractor(run, weights) for weights in names.values()]
    learned, known = _embed(models, run, learned, 'training videos')
    tested, asked = _embed(models, run, tested, 'test videos')
    neighbors = _list_neighbors(learned, tested, known[0], asked[0])
    answers = {
        f'{kind}, {name}': make().fit(of_known, learned.labels).predict(of_asked).tolist()
        for name, of_known, of_asked in zip(names, known, asked, strict=True)
        for kind, make in PROBES.items()
    }
    paths = [str(path) for path in tested.paths]
    labels = list(tested.labels)
    return Evaluation(learned.classes, paths, labels, answers, neighbors)


def _embed(
    models: Sequence[nn.Module], run: Run, labeled: LabeledVideos, title: str
) -> tuple[LabeledVideos, list[np.ndarray]]:
    """Return the videos that can be read, and their features by each model."""
    shown = _shown(run, labeled)
    found = extract(models, run, shown, title)
    read = set(found[0].paths)
    kept = [n for n, path in enumerate(shown) if os.path.abspath(path) in read]
    return labeled.choose(kept), [of_model.features for of_model in found]


def _list_neighbors(
    learned: LabeledVideos,
    tested: LabeledVideos,
    known: np.ndarray,
    asked: np.ndarray,
) -> list[list[str]]:
    """List some test videos, each with its most similar training videos."""
    some = np.unique(np.linspace(0, len(asked) - 1, SHOWN).astype(int))
    queries, gallery = torch.from_numpy(asked[some]), torch.from_numpy(known)
    _, found = nearest_neighbors(queries, gallery, min(SHOWN, len(known)))
    return [
        [str(tested.paths[query]), *(str(learned.paths[n]) for n in row)]
        for query, row in zip(some, found.tolist(), strict=True)
    ]


def _divide(run: Run, labels: str | Path | None) -> tuple[LabeledVideos, LabeledVideos]:
    """Return the training and the test videos of a probe."""
    if run.classifier():
        classes = read_classes(run)
        return _read_part(run, 'train', classes), _read_tested(run, labels, classes)
    source = labels or run.facts['settings']['labels']
    if source is None:
        raise ValueError('there are no labels: give --labels, a CSV with path,label')
    labeled, digests = leave_out_damaged(_read(run, source, None), run)
    division = divide(labeled, digests, seed=run.facts['settings']['seed'])
    tell(*division.notes)
    splits = np.array(labeled.splits or [])
    tested = np.flatnonzero(splits == 'test') if 'test' in splits else division.val
    return labeled.choose(division.train), labeled.choose(tested)


def _read(run: Run, source: str | Path, classes: Sequence[str] | None) -> LabeledVideos:
    """Read labels; leave out videos without one."""
    read = read_labels_of(Path(source), run.videos, classes=classes)
    return read.choose(np.flatnonzero(np.array(read.labels) >= 0))


def _read_tested(
    run: Run, labels: str | Path | None, classes: list[str]
) -> LabeledVideos:
    if labels is None:
        apart = 'test' if (run.folder / FINETUNED / 'test.txt').is_file() else 'val'
        return _read_part(run, apart, classes)
    tested, _ = leave_out_damaged(_read(run, labels, classes), run)
    learned = set(_read_part(run, 'train', classes).paths)
    new = [n for n, path in enumerate(tested.paths) if path not in learned]
    if len(new) < len(tested.paths):
        tell(f'{len(tested.paths) - len(new)} training videos are left out of the test')
    if not new:
        raise ValueError(f'{labels} has only training videos: give others to test on')
    return tested.choose(new)


def _read_part(run: Run, part: str, classes: list[str]) -> LabeledVideos:
    """Read a list that fine-tuning has written."""
    lines = (run.folder / FINETUNED / f'{part}.txt').read_text().splitlines()
    paths, labels = zip(*(parse_line(line) for line in lines), strict=True)
    originals = [original_of(path, run.videos) for path in paths]
    return LabeledVideos(originals, list(labels), classes, None, None)


def _shown(run: Run, labeled: LabeledVideos) -> list[Path]:
    """Return the files to read: the small copies where they exist."""
    names = (name_in_lists(path, run.videos, run.copies) for path in labeled.paths)
    return [run.copies / name for name in names]
