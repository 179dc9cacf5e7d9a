"""Find an annotation file that does not exist, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mmaction.datasets import BaseActionDataset
from mmaction.registry import DATASETS
from mmengine.config import Config


def find_missing_list(cfg: Config, parts: Iterable[str]) -> str:
    """Say which annotation file does not exist, and which options name another.

    Args:
        cfg (Config): Config of a run.
        parts (Iterable[str]): ``'train'``, ``'val'`` or ``'test'``: the data to look at.

    Returns:
        str: A message, or ``''``. Wrapped data sets and those that are not MMAction2's
        are not looked at.
    """
    for part in parts:
        data = (cfg.get(f'{part}_dataloader') or {}).get('dataset') or {}
        listed = data.get('ann_file')
        if _is_of_mmaction(data.get('type')) and _is_local(listed):
            path = Path(data.get('data_root') or '') / listed
            if not path.is_file():
                return _tell(part, path)
    return ''


def _is_of_mmaction(kind: str | type | None) -> bool:
    kind = DATASETS.get(kind) if isinstance(kind, str) else kind
    return isinstance(kind, type) and issubclass(kind, BaseActionDataset)


def _is_local(listed: Any) -> bool:
    return isinstance(listed, str) and listed != '' and '://' not in listed


def _tell(part: str, path: Path) -> str:
    option = f'{part}_dataloader.dataset'
    without = ', or leave validation out: --no-validate' if part == 'val' else ''
    return (
        f'{option}.ann_file={str(path)!r} does not exist: prepare these videos, or name '
        f'yours by --cfg-options {option}.ann_file=LIST '
        f'{option}.data_prefix.video=FOLDER{without}'
    )
