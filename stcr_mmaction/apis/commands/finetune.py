"""Learn classes from labels."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ...videos import check_videos
from ..own_videos.configs import HERE, finetuning_config, write_config
from ..own_videos.console import tell
from ..own_videos.division import divide
from ..own_videos.labels import LabeledVideos, read_labels_of
from ..own_videos.prepared import name_in_lists
from ..own_videos.run_folder import FINETUNED, FROM_SCRATCH, Run, open_run
from ..own_videos.summary import report
from ..own_videos.training import train


def finetune(
    run: str | Path,
    labels: str | Path | None = None,
    *,
    epochs: int | None = None,
    scratch: bool = False,
    seed: int = 0,
) -> Path:
    """Train a classifier on labeled videos, from the pretrained weights of a run.

    The whole network is trained, by ``RUN/finetune.py``, an ordinary config. A
    fine-tuning that was stopped goes on.

    Args:
        run (str | Path): Folder of the run.
        labels (str | Path, optional): A CSV with ``path,label`` and perhaps ``group``
            and ``split``; a folder of one folder a class; or a list of MMAction2.
            Defaults to None: those that ``pretrain`` was given.
        epochs (int, optional): Passes over the videos. Defaults to None: by their number.
        scratch (bool): Whether to start from random weights, in ``RUN/scratch``: what
            pretraining has to beat. Defaults to False.
        seed (int): Of the division and of all draws. Defaults to 0.

    Returns:
        Path: The folder of the classifier.

    Raises:
        ValueError: If the run, the labels or a value will not do; says what to do.
        OSError: If something cannot be read or written.
    """
    opened = open_run(run)
    weights = '' if scratch else opened.weights().relative_to(opened.folder)
    start = weights and f'{HERE}/{weights}'
    folder = opened.folder / (FROM_SCRATCH if scratch else FINETUNED)
    source = labels or opened.facts['settings']['labels']
    if source is None:
        raise ValueError('there are no labels: give --labels, a CSV with path,label')
    if epochs is not None and epochs < 1:
        raise ValueError(f'--epochs must be 1 or more, got {epochs}')
    asked = dict(labels=str(Path(source).resolve()), epochs=epochs, seed=seed)
    if not _goes_on(folder, asked):
        _begin(opened, folder, asked, start)
    train(folder.with_suffix('.py'), folder.name)
    report(opened)
    return folder


def _goes_on(folder: Path, asked: dict) -> bool:
    """Tell whether this very fine-tuning was begun before."""
    file = folder / 'finetune.json'
    if not file.is_file():
        return False
    before = json.loads(file.read_text())
    if before != asked:
        raise ValueError(
            f'{folder} was begun with {before}, now {asked}: rename or remove that '
            'folder, or ask for the same to go on'
        )
    return True


def _begin(run: Run, folder: Path, asked: dict, start: str) -> None:
    labeled = read_labels_of(Path(asked['labels']), run.videos)
    tell(*(f'left out: {path}: {why}' for path, why in labeled.left_out.items()))
    labeled, digests = leave_out_damaged(labeled, run)
    division = divide(labeled, digests, seed=asked['seed'])
    tell(*division.told)
    if run.epochs_left > 0 and start:
        tell(f'pretraining is not at its end: {run.epochs_left} epochs are left')
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
    says = ['Written by `stcr finetune`. It is an ordinary config.']
    write_config(config, folder.with_suffix('.py'), says)
    (folder / 'finetune.json').write_text(json.dumps(asked))


def leave_out_damaged(
    labeled: LabeledVideos, run: Run | None = None
) -> tuple[LabeledVideos, Sequence[str]]:
    """Leave out videos that cannot be read, and tell which.

    Args:
        labeled (LabeledVideos): N videos.
        run (Run, optional): Knows of videos that cannot be decoded to their end, if it
            has tried to copy them. Defaults to None.

    Returns:
        tuple: Those that are left, and a digest of each; ``''`` where no other file has
        the same size.

    Raises:
        ValueError: If a class has none left.
    """
    names = [str(path) for path in labeled.paths]
    checked = check_videos(Path('/'), names)
    damaged = run.damaged if run else {}
    left_out = {name: damaged[name] for name in names if name in damaged}
    left_out |= checked.left_out
    tell(*(f'left out: {path}: {why}' for path, why in left_out.items()))
    kept = [name not in left_out for name in names]
    left = labeled.choose(np.flatnonzero(kept))
    lost = set(labeled.labels) - set(left.labels)
    if lost:
        classes = ', '.join(labeled.classes[label] for label in sorted(lost))
        raise ValueError(f'no video can be read of the classes {classes}')
    return left, [checked.digests.get(str(path), '') for path in left.paths]


def _write_lists(
    labeled: LabeledVideos, parts: Mapping[str, Sequence[int]], run: Run, folder: Path
) -> None:
    videos = [name_in_lists(path, run.videos, run.copies) for path in labeled.paths]
    names = '\n'.join(labeled.classes)
    (folder / 'label_map.txt').write_text(f'{names}\n')
    for part, chosen in parts.items():
        lines = [f'{videos[n]} {labeled.labels[n]}\n' for n in chosen]
        (folder / f'{part}.txt').write_text(''.join(lines))
