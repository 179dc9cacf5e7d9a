"""Data loaders without workers."""

import copy
import functools
from typing import Any

from mmengine.runner import Runner
from torch.utils.data import DataLoader

_WORKER_OPTIONS = ('persistent_workers', 'prefetch_factor', 'multiprocessing_context')


def load_data_without_workers() -> None:
    """Make `num_workers=0` work without changing other options.

    Symptom: `persistent_workers option needs num_workers > 0`, since nearly all configs,
    those of MMAction2 too, set `persistent_workers=True`.
    Thread: none known.
    Fix: `Runner.build_dataloader` drops the options of workers if there are none.
    Replaces: `mmengine.runner.runner.Runner.build_dataloader`.
    Can go: when mmengine does so.
    """
    stock = Runner.build_dataloader

    @functools.wraps(stock)
    def build_dataloader(
        dataloader: DataLoader | dict, *args: Any, **kwargs: Any
    ) -> DataLoader:
        if isinstance(dataloader, dict) and not dataloader.get('num_workers'):
            dataloader = copy.copy(dataloader)
            for name in _WORKER_OPTIONS:
                dataloader.pop(name, None)
        return stock(dataloader, *args, **kwargs)

    Runner.build_dataloader = staticmethod(build_dataloader)
