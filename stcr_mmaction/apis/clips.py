"""Videos of a config's data, with their labels and class names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import BaseDataset
from mmengine.runner import Runner
from rich.progress import track
from torch import Tensor
from torch.utils.data import Subset


@dataclass(frozen=True)
class Clips:
    """Clips of videos, before they are normalized.

    Attributes:
        batch (dict): Input of :meth:`Network.preprocess`.
        frames (Tensor): (N, V, C, T, H, W), pixel values.
        labels (list[int]): Labels of the N videos.
    """

    batch: dict
    frames: Tensor
    labels: list[int]


def read_clips(
    config: Config,
    part: str = 'test',
    limit: int | None = None,
    classes: Sequence[int] | None = None,
    seed: int = 0,
    title: str = '',
) -> Iterator[Clips]:
    """Load the videos of a part of a config's data, each with its views.

    Args:
        config (Config): The config.
        part (str): ``'train'``, ``'val'`` or ``'test'``. Defaults to 'test'.
        limit (int, optional): How many videos to draw at random. Defaults to None: all.
        classes (Sequence[int], optional): Only videos with these labels. Defaults to
            None: all.
        seed (int): Seed of the draw. Defaults to 0.
        title (str): Title of the progress bar. Defaults to '': no bar.

    Yields:
        Clips: A batch of videos at a time.

    Raises:
        ValueError: If the config has no such part, or no video has one of the labels.
    """
    dataset = _build_dataset(config, part)
    chosen = _choose(dataset, limit, classes, seed)
    loader = dict(
        batch_size=min(config[f'{part}_dataloader'].get('batch_size', 1), 8),
        num_workers=0,
        sampler=dict(type='DefaultSampler', shuffle=False),
        dataset=Subset(dataset, chosen),
    )
    batches = Runner.build_dataloader(loader)
    for batch in track(batches, title, disable=not title):
        labels = [sample.gt_label.item() for sample in batch['data_samples']]
        yield Clips(batch, torch.stack(batch['inputs']), labels)


def read_labels(config: Config, part: str = 'test') -> list[int]:
    """Return the label of each video of a part of a config's data, as annotated."""
    dataset = _build_dataset(config, part)
    return [dataset.get_data_info(index)['label'] for index in range(len(dataset))]


def _build_dataset(config: Config, part: str) -> BaseDataset:
    loader = config.get(f'{part}_dataloader')
    if loader is None:
        raise ValueError(f'the config has no {part}_dataloader: choose another part')
    return DATASETS.build(loader['dataset'])


def _choose(
    dataset: BaseDataset, limit: int | None, classes: Sequence[int] | None, seed: int
) -> list[int]:
    wanted = [
        index
        for index in range(len(dataset))
        if classes is None or dataset.get_data_info(index)['label'] in classes
    ]
    if not wanted:
        raise ValueError(f'no video has one of the labels {classes}')
    if limit is not None and limit < len(wanted):
        wanted = np.random.default_rng(seed).choice(wanted, limit, replace=False)
    return sorted(map(int, wanted))


def read_class_names(config: Config, count: int) -> list[str]:
    """Return the names in the ``label_map.txt`` beside the annotations, or numbers."""
    dataset = config.test_dataloader.dataset
    file = Path(dataset.get('dataset', dataset).ann_file).with_name('label_map.txt')
    names = file.read_text().split('\n') if file.is_file() else []
    return names[:count] if len(names) >= count else [str(n) for n in range(count)]
