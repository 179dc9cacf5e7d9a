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

from ...functional import nearest_neighbors
from ...videos import digest_file, write_atomically
from ..network import NONE
from ..own_videos.console import tell
from ..own_videos.evaluation import Evaluation
from ..own_videos.files import check_writable
from ..own_videos.inference import (
    load_classifier,
    load_extractor,
    read_classes,
    show_videos,
)
from ..own_videos.labels import LabeledVideos
from ..own_videos.run_folder import (
    EVALUATION,
    FINETUNED,
    FROM_SCRATCH,
    FROZEN_EVALUATION,
    Run,
    open_run,
)
from ..own_videos.summary import report
from ..own_videos.tested_videos import divide_for_probe, list_files, read_tested
from .embed import extract

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
            training videos are left out. Before fine-tuning they are divided: most train
            the probes, the others test them. Defaults to None: the videos that
            fine-tuning held out; before it, the labels given to ``pretrain``.
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
    check_writable(opened.folder)
    if probe or not opened.classifier():
        found, name = _probe(opened, labels), FROZEN_EVALUATION
    else:
        found, name = _classify(opened, labels), EVALUATION
    with write_atomically(opened.folder / name) as part:
        part.write_text(json.dumps(asdict(found), indent=1))
    report(opened)
    return found


def _classify(run: Run, labels: str | Path | None) -> Evaluation:
    classes = read_classes(run)
    tested = read_tested(run, labels, classes)
    names = _list_classifiers(run)
    models = [load_classifier(run, scratch) for scratch in names.values()]
    answers: dict[str, list[int]] = {name: [] for name in names}
    for path, found in show_videos(models, run, list_files(run, tested), 'test videos'):
        damaged = isinstance(found, str)
        if damaged:
            tell(f'{path} counts as wrong: {found}')
        for number, name in enumerate(names):
            answers[name].append(-1 if damaged else int(found[number].pred_label))
    paths = [str(path) for path in tested.paths]
    weights = digest_file(run.classifier()[1])
    return Evaluation(classes, paths, list(tested.labels), answers, weights=weights)


def _list_classifiers(run: Run) -> dict[str, bool]:
    """Return the classifiers to test, and whether each is the one from scratch."""
    names = {'fine-tuned': False}
    if run.classifier(scratch=True):
        if problem := _compare_scratch(run):
            tell(f'{run.folder / FROM_SCRATCH} {problem}: it is not compared')
        else:
            names['from scratch'] = True
    return names


def _compare_scratch(run: Run) -> str:
    """Tell why the classifier from scratch cannot be compared; '' if it can."""
    folders = run.folder / FINETUNED, run.folder / FROM_SCRATCH
    for name in ('label_map.txt', 'train.txt'):
        ours, theirs = ((folder / name).read_text() for folder in folders)
        if ours != theirs:
            return 'has other labels or another division'
    left = run.classifier_epochs_left(scratch=True)
    return f'is not finished, {left} epochs are left' if left else ''


def _probe(run: Run, labels: str | Path | None) -> Evaluation:
    learned, tested = divide_for_probe(run, labels)
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
    labels, weights = list(tested.labels), digest_file(run.weights())
    return Evaluation(learned.classes, paths, labels, answers, neighbors, weights)


def _embed(
    models: Sequence[nn.Module], run: Run, labeled: LabeledVideos, title: str
) -> tuple[LabeledVideos, list[np.ndarray]]:
    """Return the videos that can be read, and their features by each model."""
    shown = list_files(run, labeled)
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
