"""The settings of a fine-tuning: only the same ones resume it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from ...videos import digest_file, find_videos
from .run_folder import list_changes

ASKED = 'finetune.json'


def check_comparable(compared: dict, asked: dict) -> None:
    """Refuse another division into train and val than that of the fine-tuning."""
    if not compared:
        return
    if changed := _list_changes(compared, asked, ('labels', 'seed')):
        raise ValueError(
            f'--scratch is compared with a fine-tuning that had {changed}: give the same '
            'labels and seed, so that neither is trained on test videos'
        )
    if _have_changed(compared, asked):
        raise ValueError(
            f'{asked["labels"]} has changed since the fine-tuning that --scratch is '
            'compared with: repeat that first'
        )


def read_asked(folder: Path) -> dict:
    """Read the settings of a fine-tuning that was begun; empty if there is none."""
    file = folder / ASKED
    return json.loads(file.read_text()) if file.is_file() else {}


def was_begun(folder: Path, asked: dict) -> bool:
    """Tell whether the same fine-tuning was begun before."""
    before = read_asked(folder)
    if not before:
        return False
    if changed := _list_changes(before, asked, ('labels', 'epochs', 'seed')):
        raise ValueError(
            f'{folder} was begun with {changed}: rename or remove that '
            'folder, or give the same settings to resume'
        )
    if before.get('start', asked['start']) != asked['start']:
        raise ValueError(
            f'{folder} started from {before["start"]}, but pretraining went on to '
            f'{asked["start"]}: rename or remove that folder to start from there'
        )
    if _have_changed(before, asked):
        raise ValueError(
            f'{asked["labels"]} has changed since {folder} was begun: rename or remove '
            'that folder to train on the new labels'
        )
    return True


def digest_labels(labels: Path) -> str:
    """Return a digest of a file of labels, or of the videos in a folder of classes."""
    if not labels.exists():
        raise FileNotFoundError(f'there is no file or folder {labels}: check --labels')
    if labels.is_file():
        return digest_file(labels)
    names = '\n'.join(sorted(find_videos(labels).paths))
    return hashlib.sha256(names.encode(errors='surrogateescape')).hexdigest()


def _list_changes(before: dict, asked: dict, names: Sequence[str]) -> str:
    return list_changes(before, {name: asked[name] for name in names})


def _have_changed(before: dict, asked: dict) -> bool:
    """Tell whether the labels have; settings of an older version have no digest."""
    return before.get('digest', asked['digest']) != asked['digest']
