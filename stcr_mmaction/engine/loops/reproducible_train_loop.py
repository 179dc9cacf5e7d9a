"""A training loop that is reproducible and can be interrupted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from mmaction.registry import LOOPS
from mmengine.dist import get_rank, get_world_size
from mmengine.logging import print_log
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch import nn
from torch.utils.data import BatchSampler, DataLoader

from .draws import seed_generators, seed_samples

VALIDATED = 'validated_epoch'
BEGUN = 'begun_epoch'


@LOOPS.register_module()
class ReproducibleTrainLoop(EpochBasedTrainLoop):
    """:class:`EpochBasedTrainLoop` with reproducible random draws and exact resume.

    - The pipeline's draws for a sample depend only on the run's seed, the epoch and the
      sample's index, not on the number of workers or earlier draws. The order of the
      samples depends on the run's seed too, not on the sampler's.
    - The draws of the model and the device in an iteration (dropout, blending) depend
      only on the seed, the iteration and the process.
    - A run that resumes within an epoch (``CheckpointHook`` with ``by_epoch=False``)
      continues with the next batch of that epoch, without loading earlier ones. Stock
      loops restart the epoch in another order. If the batch size, number of processes or
      data set has changed, the epoch restarts with a warning.
    - A validation that was interrupted is run again.

    So a run that was killed and resumed by ``--resume``, with the same number of
    processes and threads, ends with the same weights as an uninterrupted run. They are
    bitwise equal on a CPU, and on a GPU if its kernels are deterministic
    (``--deterministic``). No random state needs to be saved.

    Accumulated gradients are not saved in a checkpoint: with ``accumulative_counts``,
    make the checkpoint interval a multiple of it.

    A schedule that would begin after the end of a short run, such as after one epoch of
    warm-up with ``max_epochs=1``, has no effect. Stock loops raise an error.

    Args:
        runner (Runner): The runner.
        dataloader (DataLoader or dict): Data loader of the training, or its config.
        *args (Any): Other arguments of :class:`EpochBasedTrainLoop`.
        **kwargs (Any): Other arguments of :class:`EpochBasedTrainLoop`.

    Raises:
        TypeError: If the data loader has no batches, or its sampler has no seed.
        ValueError: If both ``drop_last`` and ``batch_sampler`` are set.

    Source: beyond the paper. Epoch and iteration of mmengine's checkpoints.
    """

    def __init__(
        self, runner: Runner, dataloader: DataLoader | dict, *args: Any, **kwargs: Any
    ) -> None:
        _check_last_batch(dataloader)
        super().__init__(runner, dataloader, *args, **kwargs)
        self._batches = seed_samples(self.dataloader)
        if isinstance(runner.param_schedulers, list):
            runner.param_schedulers = [*map(self._add_end, runner.param_schedulers)]

    def run(self) -> nn.Module:
        """Train; a resumed run keeps its seed."""
        self._batches.seed = self._batches.sampler.seed = self._shared_seed()
        self._start = self._find_start()
        self.runner.call_hook('before_train')
        self._validate_if_due()
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._validate_if_due()
        self.runner.call_hook('after_train')
        self._end_workers()
        return self.runner.model

    def run_epoch(self) -> None:
        """Train for an epoch, or for the rest of it."""
        self.runner.message_hub.update_info(BEGUN, self._describe_epoch(self._start))
        done = self._iter - self._start
        self._batches.epoch, self._batches.start = self._epoch, done
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        for idx, data_batch in enumerate(self.dataloader, start=done):
            self.run_iter(idx, data_batch)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1
        self._start = self._iter

    def run_iter(self, idx: int, data_batch: Sequence[dict]) -> None:
        """Train on a batch, with its own random seed."""
        seed_generators(self.runner.seed, 1, self._iter, get_rank())
        super().run_iter(idx, data_batch)

    def _add_end(self, schedule: Any) -> Any:
        """Add an end to a schedule that begins after the run."""
        if not isinstance(schedule, dict) or 'end' in schedule:
            return schedule
        by_epoch, begin = schedule.get('by_epoch', True), schedule.get('begin', 0)
        over = begin >= (self._max_epochs if by_epoch else self._max_iters)
        return dict(schedule, end=begin + 1) if over else schedule

    def _shared_seed(self) -> int:
        """Return the seed of the run, without the offset of ``diff_rank_seed``."""
        differs = self.runner._randomness_cfg.get('diff_rank_seed', False)
        return self.runner.seed - differs * get_rank()

    def _describe_epoch(self, start: int) -> dict:
        """Return the facts that a position in the current epoch depends on."""
        return dict(
            epoch=self._epoch,
            start=start,
            length=len(self.dataloader),
            samples=self._batches.batch_size * get_world_size(),
            batches=type(self._batches.batches).__name__,
        )

    def _find_start(self) -> int:
        """Return the iteration at which the current epoch began, or restarts."""
        length = len(self.dataloader)
        # The default for checkpoints of stock loops, which lack these facts.
        usual = self._describe_epoch(self._epoch * length)
        begun = self.runner.message_hub.runtime_info.get(BEGUN, usual)
        begun = dict(batches=BatchSampler.__name__) | begun  # 0.1.0 had no other
        start = begun['start'] if begun['epoch'] == self._epoch else self._iter
        same = begun == self._describe_epoch(start)
        if start == self._iter or (same and 0 < self._iter - start <= length):
            return start
        print_log(
            f'epoch {self._epoch + 1} restarts at iteration {self._iter}, and differs '
            'from that of an uninterrupted run: size or kind of batches, number of '
            'processes or data set have changed',
            logger='current',
            level=logging.WARNING,
        )
        return self._iter

    def _end_workers(self) -> None:
        """End persistent workers while their queues still exist.

        If the garbage collector frees both together, it waits five seconds per worker.
        """
        loops = self, self.runner.val_loop
        for loader in (loop.dataloader for loop in loops if loop is not None):
            loader._iterator = None

    def _validate_if_due(self) -> None:
        """Validate after an epoch, unless the checkpoint notes that this was done."""
        self._decide_current_val_interval()
        due = self._epoch % self.val_interval == 0 or self._epoch == self._max_epochs
        begun = self._epoch >= max(1, self.val_begin)
        whole = self._iter == self._start
        hub = self.runner.message_hub
        done = hub.runtime_info.get(VALIDATED) == self._epoch
        if self.runner.val_loop is not None and due and begun and whole and not done:
            hub.update_info(VALIDATED, self._epoch)
            self.runner.val_loop.run()


def _check_last_batch(dataloader: DataLoader | dict) -> None:
    """Raise a clear error for options that torch refuses."""
    if not isinstance(dataloader, dict):
        return
    if dataloader.get('batch_sampler') and dataloader.get('drop_last'):
        raise ValueError(
            'train_dataloader has drop_last=True and a batch_sampler, which makes the '
            'batches itself: leave drop_last out, or set '
            'train_dataloader.batch_sampler=None to use the default one'
        )
