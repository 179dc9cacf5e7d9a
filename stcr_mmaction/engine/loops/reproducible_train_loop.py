"""Training that can be repeated, and interrupted, without a trace."""

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
    """:class:`EpochBasedTrainLoop` whose draws and resumption leave nothing to chance.

    - What the pipeline draws for a sample depends on the run's seed, the epoch and the
      sample's index alone: not on the number of workers, nor on what was drawn before.
      The order of the samples is that of the run's seed too, not of one of the sampler's.
    - What model and device draw in an iteration (dropout, blending) depends on the seed,
      the number of the iteration and the process alone.
    - A run that resumes from a checkpoint within an epoch (``CheckpointHook`` with
      ``by_epoch=False``) goes on with the next batch of that epoch, and loads none of
      those that it has had; stock loops begin the epoch again, in another order. With
      another batch size, number of processes or data set the epoch begins anew, and a
      warning says so.
    - A validation that an interruption has cut off is made up for.

    So a run that was killed and resumed by ``--resume``, with the same number of
    processes and threads, ends with the weights of one that was not: to the bit on a
    CPU; on a GPU if its kernels are deterministic (``--deterministic``). No random state
    needs to be saved for it.

    Accumulated gradients are not part of a checkpoint: with ``accumulative_counts``, let
    the interval of the checkpoints be a multiple of it.

    A schedule that begins when a short run is over, as behind an epoch of warm-up with
    ``max_epochs=1``, has no effect; stock loops end with an error.

    Args:
        runner (Runner): The runner.
        dataloader (DataLoader or dict): Of the training, or its config.
        *args (Any): Other arguments of :class:`EpochBasedTrainLoop`.
        **kwargs (Any): Other arguments of :class:`EpochBasedTrainLoop`.

    Raises:
        TypeError: If the data loader makes no batches, or its sampler has no seed.
        ValueError: If ``drop_last`` is set beside a ``batch_sampler``.

    Source: beyond the paper. Epoch and iteration of mmengine's checkpoints.
    """

    def __init__(
        self, runner: Runner, dataloader: DataLoader | dict, *args: Any, **kwargs: Any
    ) -> None:
        _check_last_batch(dataloader)
        super().__init__(runner, dataloader, *args, **kwargs)
        self._batches = seed_samples(self.dataloader)
        if isinstance(runner.param_schedulers, list):
            runner.param_schedulers = [*map(self._with_an_end, runner.param_schedulers)]

    def run(self) -> nn.Module:
        """Train, with the seed of the run that is resumed if there is one."""
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
        """Iterate over an epoch, or over what is left of it."""
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
        """Iterate over a batch, with draws of its own."""
        seed_generators(self.runner.seed, 1, self._iter, get_rank())
        super().run_iter(idx, data_batch)

    def _with_an_end(self, schedule: Any) -> Any:
        """Let a schedule that begins after the run end after that."""
        if not isinstance(schedule, dict) or 'end' in schedule:
            return schedule
        by_epoch, begin = schedule.get('by_epoch', True), schedule.get('begin', 0)
        over = begin >= (self._max_epochs if by_epoch else self._max_iters)
        return dict(schedule, end=begin + 1) if over else schedule

    def _shared_seed(self) -> int:
        """Return the seed of the run without what ``diff_rank_seed`` has added."""
        differs = self.runner._randomness_cfg.get('diff_rank_seed', False)
        return self.runner.seed - differs * get_rank()

    def _describe_epoch(self, start: int) -> dict:
        """Say what a place in the current epoch depends on, for the checkpoint."""
        return dict(
            epoch=self._epoch,
            start=start,
            length=len(self.dataloader),
            samples=self._batches.batch_size * get_world_size(),
            batches=type(self._batches.batches).__name__,
        )

    def _find_start(self) -> int:
        """Tell at which iteration the current epoch began, or begins anew."""
        length = len(self.dataloader)
        # What checkpoints of stock loops leave unsaid.
        usual = self._describe_epoch(self._epoch * length)
        begun = self.runner.message_hub.runtime_info.get(BEGUN, usual)
        begun = dict(batches=BatchSampler.__name__) | begun  # 0.1.0 had no other
        start = begun['start'] if begun['epoch'] == self._epoch else self._iter
        same = begun == self._describe_epoch(start)
        if start == self._iter or (same and 0 < self._iter - start <= length):
            return start
        print_log(
            f'epoch {self._epoch + 1} begins anew at iteration {self._iter}, and is not '
            'the one that would have been: size or kind of batches, number of processes '
            'or data set are not those of the run that is resumed',
            logger='current',
            level=logging.WARNING,
        )
        return self._iter

    def _end_workers(self) -> None:
        """End the workers that persist, while their queues are there.

        A garbage collection that finds both waits five seconds for each worker.
        """
        loops = self, self.runner.val_loop
        for loader in (loop.dataloader for loop in loops if loop is not None):
            loader._iterator = None

    def _validate_if_due(self) -> None:
        """Validate at the end of an epoch, unless the checkpoint says it has been."""
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
    """Say by its keys what torch refuses."""
    if not isinstance(dataloader, dict):
        return
    if dataloader.get('batch_sampler') and dataloader.get('drop_last'):
        raise ValueError(
            'train_dataloader has drop_last=True, and a batch_sampler, which decides '
            'what becomes of the last batch: leave drop_last out, or set '
            'train_dataloader.batch_sampler=None to make batches in the usual way'
        )
