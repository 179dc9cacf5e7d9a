"""Checkpoints that a kill or a full disk cannot take away."""

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
    """:class:`CheckpointHook` that leaves a run something to go on with at any moment.

    - A local file is there as a whole, or not at all. (mmengine's ``FlexibleRunner``
      lets its strategy write, which does not ask.)
    - An old checkpoint goes after the new one is written; the stock hook removes it
      before, so that a kill with ``max_keep_ckpts=1`` leaves none.
    - ``resume=True`` finds the last checkpoint in the work directory, wherever that is
      now: see :func:`find_latest_checkpoint`.
    - What is saved beside weights is plain data, which ``torch.load`` reads without
      mmengine and with ``weights_only=True``. mmengine's loaders, with this package
      imported, give it back as mmengine has it.
    - A validation alone, without a training, has nothing to save.

    In place of the stock hook: ``default_hooks.checkpoint.type='WholeCheckpointHook'``.

    Args:
        *args (Any): Arguments of :class:`CheckpointHook`.
        **kwargs (Any): Arguments of :class:`CheckpointHook`.

    Source: beyond the paper.
    """

    file_backend: Any = None

    def before_run(self, runner: Runner) -> None:
        """Find what a run that is to be resumed goes on with."""
        if runner._resume is True and runner._load_from is None:
            runner._load_from = find_latest_checkpoint(runner.work_dir)
            runner._resume = runner._load_from is not None

    def before_train(self, runner: Runner) -> None:
        """Let files on the disk be written whole."""
        super().before_train(runner)
        if type(self.file_backend) is LocalBackend:
            self.backend_args = dict(backend=WHOLE_FILES)
            self.file_backend = get_file_backend(backend_args=self.backend_args)

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Let all that is not a weight be plain data."""
        make_plain(checkpoint)

    def _save_checkpoint_with_step(self, runner: Runner, step: int, meta: dict) -> None:
        with self._removing_last():
            super()._save_checkpoint_with_step(runner, step, meta)

    def _save_best_checkpoint(self, runner: Runner, metrics: dict) -> None:
        if self.file_backend is None:  # no training has begun
            return
        with self._removing_last():
            super()._save_best_checkpoint(runner, metrics)

    @contextmanager
    def _removing_last(self) -> Iterator[None]:
        """Put off what the stock hook removes until it has saved."""
        stock = self.file_backend
        if isinstance(stock, _PutOff):  # the best checkpoint saves the last one once more
            yield
            return
        self.file_backend = put_off = _PutOff(stock)
        try:
            yield
        finally:
            self.file_backend = stock
        best = getattr(self, 'best_ckpt_path_dict', {}).values()
        put_off.remove_now({self.last_ckpt, getattr(self, 'best_ckpt_path', None), *best})


class _PutOff:
    """A file backend that only notes what it is to remove."""

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
