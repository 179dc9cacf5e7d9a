"""The settings of a fine-tuning: only the same ones resume it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from .run_folder import list_changes

ASKED = 'finetune.json'


def check_comparable(compared: dict, asked: dict) -> None:
    """Refuse another division into train and val than that of the fine-tuning."""
    division = {name: asked[name] for name in ('labels', 'seed')}
    if compared and (changed := list_changes(compared, division)):
        raise ValueError(
            f'--scratch is compared with a fine-tuning that had {changed}: give the same '
            'labels and seed, so that neither is trained on test videos'
        )
    if compared.get('digest', asked['digest']) != asked['digest']:
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
    before.setdefault('digest', asked['digest'])  # of an older version
    same = dict(asked, digest=before['digest'])
    if changed := list_changes(before, same):
        raise ValueError(
            f'{folder} was begun with {changed}: rename or remove that '
            'folder, or give the same settings to resume'
        )
    if before['digest'] != asked['digest']:
        raise ValueError(
            f'{asked["labels"]} has changed since {folder} was begun: rename or remove '
            'that folder to train on the new labels'
        )
    return True


def digest_labels(labels: Path) -> str:
    """Return a digest of a file of labels, or of the names in a folder of classes."""
    if not labels.exists():
        raise FileNotFoundError(f'there is no file or folder {labels}: check --labels')
    if labels.is_file():
        content = labels.read_bytes()
    else:
        names = sorted(str(path.relative_to(labels)) for path in labels.rglob('*'))
        content = '\n'.join(names).encode(errors='surrogateescape')
    return hashlib.sha256(content).hexdigest()
