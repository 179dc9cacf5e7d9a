"""Checkpoints that survive a kill or a full disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from mmaction.registry import HOOKS
from mmengine.fileio import LocalBackend, get_file_backend
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner

from ...compat.run_state import make_plain
from ..checkpoints import WHOLE_FILES, find_latest_checkpoint


@HOOKS.register_module()
class WholeCheckpointHook(CheckpointHook):
    """:class:`CheckpointHook` from which a run can always resume.

    - A local file is written atomically. (Not with mmengine's ``FlexibleRunner``, whose
      strategy writes the files itself.)
    - An old checkpoint is removed after the new one is written. The stock hook removes it
      before, so that a kill with ``max_keep_ckpts=1`` leaves none.
    - ``resume=True`` finds the last checkpoint, even if the work directory was moved: see
      :func:`find_latest_checkpoint`.
    - All but the weights is saved as plain data, which ``torch.load`` reads without
      mmengine and with ``weights_only=True``. With this package imported, mmengine's
      loaders convert it back.
    - A validation without training saves nothing.

    Replace the stock hook by ``default_hooks.checkpoint.type='WholeCheckpointHook'``.

    Args:
        *args (Any): Arguments of :class:`CheckpointHook`.
        **kwargs (Any): Arguments of :class:`CheckpointHook`.

    Source: beyond the paper.
    """

    file_backend: Any = None

    def before_run(self, runner: Runner) -> None:
        """Find the checkpoint to resume from."""
        if runner._resume is True and runner._load_from is None:
            runner._load_from = find_latest_checkpoint(runner.work_dir)
            runner._resume = runner._load_from is not None

    def before_train(self, runner: Runner) -> None:
        """Write local files atomically."""
        super().before_train(runner)
        if type(self.file_backend) is LocalBackend:
            self.backend_args = dict(backend=WHOLE_FILES)
            self.file_backend = get_file_backend(backend_args=self.backend_args)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Convert everything but weights to plain data."""
        make_plain(checkpoint)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        with self._delayed_removal():
            super()._save_checkpoint_with_step(runner, step, meta)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        if self.file_backend is None:  # no training has begun
            return
        with self._delayed_removal():
            super()._save_best_checkpoint(runner, metrics)

    @contextmanager
    def _delayed_removal(self) -> Iterator[None]:
        """Delay the removals of the stock hook until it has saved."""
        stock = self.file_backend
        if isinstance(stock, _DelayedRemoval):  # the best one saves the last one again
            yield
            return
        self.file_backend = delayed = _DelayedRemoval(stock)
        try:
            yield
        finally:
            self.file_backend = stock
        best = getattr(self, 'best_ckpt_path_dict', {}).values()
        delayed.remove_now({self.last_ckpt, getattr(self, 'best_ckpt_path', None), *best})


class _DelayedRemoval:
    """A file backend that only notes what to remove."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._removals: list[tuple[Callable, str]] = []

    def __getattr__(self, name: str) -> Any:
        stock = getattr(self._backend, name)
        if name in ('remove', 'rmtree'):
            return lambda path: self._removals.append((stock, path))
        return stock

    def remove_now(self, kept: set[str | None]) -> None:
        for remove, path in self._removals:
            if path not in kept:
                remove(path)
