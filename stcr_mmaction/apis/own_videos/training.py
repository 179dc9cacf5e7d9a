"""Train by the config of a run."""

from __future__ import annotations

import os
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.logging import MMLogger
from mmengine.runner import Runner

from ...engine.checkpoints import find_latest_checkpoint
from ...engine.hooks import ProgressHook
from ...engine.hooks.work_dir_lock import find_other_training
from .console import quiet


class QuietRunner(Runner):
    """A Runner that prints only important warnings; its log file has everything."""

    def build_logger(self, *args: Any, **kwargs: Any) -> MMLogger:
        """Build the logger, and silence it before it prints the config."""
        logger = super().build_logger(*args, **kwargs)
        quiet(logger)
        return logger


def train(config: Path, title: str) -> None:
    """Train, or resume from the last checkpoint, as ``tools/train.py --resume`` does.

    Args:
        config (Path): The config.
        title (str): Title of the progress line.

    Raises:
        ValueError: If another process trains in the same folder.
    """
    cfg = _read(config)
    work_dir = Path(cfg.work_dir)
    if problem := find_other_training(work_dir):
        raise ValueError(problem)
    if any(work_dir.glob('*.pth')):
        cfg.load_from, cfg.resume = find_latest_checkpoint(str(work_dir)), True
    cfg.experiment_name = f'{title}-{work_dir.parent.name}'
    runner = QuietRunner.from_cfg(cfg)
    runner.register_hook(ProgressHook(title=title))
    # mmengine prints which weights do not match; CheckpointMatchHook says it better.
    with open(os.devnull, 'w') as nothing, redirect_stdout(nothing):
        runner.train()


def _read(config: Path) -> Config:
    """Read a config that is not formatted by yapf when it is logged and saved.

    Formatting takes a second each time. (``Config.fromfile(format_python_code=False)``
    formats it all the same.)
    """
    content = Config.fromfile(str(config)).to_dict()
    return Config(content, filename=str(config), format_python_code=False)
