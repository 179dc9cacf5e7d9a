"""Fine-tune a classifier on labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ..own_videos.configs import HERE, finetuning_config, write_config
from ..own_videos.console import tell
from ..own_videos.division import divide
from ..own_videos.finetuning_settings import (
    ASKED,
    check_comparable,
    digest_labels,
    read_asked,
    was_begun,
)
from ..own_videos.labels import LabeledVideos, read_labels_of
from ..own_videos.prepared import name_in_lists
from ..own_videos.readable_videos import leave_out_damaged
from ..own_videos.run_folder import FINETUNED, FROM_SCRATCH, Run, open_run
from ..own_videos.summary import report, tell_next
from ..own_videos.training import train


def finetune(
    run: str | Path,
    labels: str | Path | None = None,
    *,
    epochs: int | None = None,
    scratch: bool = False,
    seed: int = 0,
) -> Path:
    """Fine-tune a classifier on labeled videos, from the pretrained weights of a run.

    The whole network is trained, by an ordinary config, ``RUN/finetune.py``. A training
    that was stopped is resumed.

    Args:
        run (str | Path): Folder of the run.
        labels (str | Path, optional): A CSV with ``path,label`` and perhaps ``group``
            and ``split``; a folder with one folder for each class; or a list in
            MMAction2's format. Defaults to None: with ``scratch`` those of the
            fine-tuning it is compared with, otherwise those given to ``pretrain``.
        epochs (int, optional): Epochs. Defaults to None: with ``scratch`` those of the
            fine-tuning, otherwise by the number of videos.
        scratch (bool): Whether to start from random weights, in ``RUN/scratch``, as a
            baseline for pretraining. Defaults to False.
        seed (int): Seed of the train/val division and of training. Defaults to 0.

    Returns:
        Path: The folder of the classifier.

    Raises:
        ValueError: If the run, the labels or a value is invalid; says what to do.
        OSError: If something cannot be read or written.
    """
    opened = open_run(run)
    weights = '' if scratch else opened.weights().relative_to(opened.folder)
    folder = opened.folder / (FROM_SCRATCH if scratch else FINETUNED)
    compared = read_asked(opened.folder / FINETUNED) if scratch else {}
    source = labels or compared.get('labels') or opened.facts['settings']['labels']
    if source is None:
        raise ValueError('there are no labels: give --labels, a CSV with path,label')
    if epochs is not None and epochs < 1:
        raise ValueError(f'--epochs must be 1 or more, got {epochs}')
    asked = dict(
        labels=str(Path(source).resolve()),
        epochs=epochs or compared.get('epochs'),
        seed=seed,
        digest=digest_labels(Path(source)),
        start=str(weights),
    )
    check_comparable(compared, asked)
    if not was_begun(folder, asked):
        _begin(opened, folder, asked)
    train(folder.with_suffix('.py'), folder.name)
    if not scratch:  # only `evaluate` adds what it gained to the report
        report(opened)
    tell_next(opened)
    return folder


def _begin(run: Run, folder: Path, asked: dict) -> None:
    start = asked['start'] and f'{HERE}/{asked["start"]}'
    labeled = read_labels_of(Path(asked['labels']), run.videos)
    tell(*(f'left out: {path}: {why}' for path, why in labeled.left_out.items()))
    labeled, digests = leave_out_damaged(labeled, run)
    division = divide(labeled, digests, seed=asked['seed'])
    tell(*division.notes)
    if run.epochs_left > 0 and start:
        tell(f'pretraining is not finished: {run.epochs_left} epochs are left')
    folder.mkdir(exist_ok=True)
    parts = dict(train=division.train, val=division.val)
    if 'test' in (labeled.splits or []):
        parts['test'] = np.flatnonzero(np.array(labeled.splits) == 'test')
    _write_lists(labeled, parts, run, folder)
    train_videos, classes = len(division.train), len(labeled.classes)
    counts = ', '.join(f'{len(chosen)} to {part}' for part, chosen in parts.items())
    tell(f'{classes} classes; videos: {counts}')
    facts = dict(run.facts, settings=dict(run.facts['settings'], seed=asked['seed']))
    config = finetuning_config(
        facts, folder.name, classes, train_videos, asked['epochs'], start, list(parts)[-1]
    )
    header = ['Written by `stcr finetune`. It is an ordinary config.']
    write_config(config, folder.with_suffix('.py'), header)
    (folder / ASKED).write_text(json.dumps(asked))


def _write_lists(
    labeled: LabeledVideos, parts: Mapping[str, Sequence[int]], run: Run, folder: Path
) -> None:
    videos = [name_in_lists(path, run.videos, run.copies) for path in labeled.paths]
    names = '\n'.join(labeled.classes)
    (folder / 'label_map.txt').write_text(f'{names}\n')
    for part, chosen in parts.items():
        lines = [f'{videos[n]} {labeled.labels[n]}\n' for n in chosen]
        (folder / f'{part}.txt').write_text(''.join(lines))
