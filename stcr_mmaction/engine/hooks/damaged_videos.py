"""Count the videos that could not be loaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.runner import Runner

from ..find_datasets import find_datasets

ACCOUNT = 'damaged_videos'
REPORT = f'{ACCOUNT}.json'


class DamagedVideosError(RuntimeError):
    """Too many videos cannot be loaded."""


@HOOKS.register_module()
class DamagedVideosHook(Hook):
    """Count the videos that ``CheckedVideoDataset(on_error='replace')`` replaced.

    Each is logged once, with the reason. ``damaged_videos.json`` in the work directory
    and the end of the log list all of them, and how often they were drawn. The counts are
    saved in checkpoints, so that a resumed run continues them. If too many videos are
    damaged, the run stops, in all processes at the same iteration.

    Videos that the pipeline skips on purpose, such as by
    ``SampleClipTuple(too_short='skip')``, are listed as ``skipped``. The log has their
    number, and the reason of one. Any share of them is allowed.

    In an iteration-based loop, workers start before any hook is called, so each worker
    also logs what it replaces.

    Args:
        max_share (float): Largest allowed share of replaced samples so far, 0 to below 1.
            Defaults to 0.01.
        interval (int): Iterations between two counts, 1 or more. A checkpoint within an
            epoch has the last counts, so after a resume up to ``interval - 1`` iterations
            may be missing in them. Defaults to 50.

    Raises:
        ValueError: If an argument is out of range.
        RuntimeError: In training, if the share is above ``max_share``. Says how many
            videos are damaged, and where they are listed.
    """

    def __init__(self, max_share: float = 0.01, interval: int = 50) -> None:
        if not 0 <= max_share < 1 or interval < 1:
            raise ValueError(
                'DamagedVideosHook needs max_share from 0 to below 1 and interval >= 1, '
                f'got {max_share} and {interval}'
            )
        self.max_share = max_share
        self.interval = interval
        self.num_samples = 0
        self.damaged: dict[str, dict] = {}
        self.skipped: dict[str, dict] = {}
        self._start_anew()

    def before_train(self, runner: Runner) -> None:
        """Restore the counts of an interrupted run."""
        account = runner.message_hub.runtime_info.get(ACCOUNT)
        if account:
            self.num_samples, self.damaged = account['num_samples'], account['videos']
            self.skipped = account.get('skipped', {})
        for dataset in find_datasets(runner.train_dataloader.dataset):
            if hasattr(dataset, 'log_replaced'):
                dataset.log_replaced = False

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Note what was replaced in this batch; count every ``interval`` iterations."""
        samples = data_batch['data_samples']
        self._new_samples += len(samples)
        for sample in samples:
            self._replaced += sample.metainfo.get('replaced', [])
            self._skipped += sample.metainfo.get('skipped', [])
        if self.every_n_train_iters(runner, self.interval):
            self._count(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Count the rest."""
        self._count(runner)

    def after_train(self, runner: Runner) -> None:
        """Log all replaced videos."""
        if self.damaged:
            lines = [
                f'{video}: {entry["times"]} times'
                for video, entry in self.damaged.items()
            ]
            runner.logger.warning('Videos that were replaced:\n' + '\n'.join(lines))

    def _start_anew(self) -> None:
        self._replaced: list[tuple[str, str]] = []
        self._skipped: list[tuple[str, str]] = []
        self._new_samples = 0

    def _count(self, runner: Runner) -> None:
        gathered = all_gather_object((self._replaced, self._skipped, self._new_samples))
        self._start_anew()
        replaced, skipped, counts = zip(*gathered, strict=True)
        self.num_samples += sum(counts)
        for reason in add_up(self.damaged, replaced):
            runner.logger.warning(f'replaced by another video: {reason}')
        new = add_up(self.skipped, skipped)
        if new:
            runner.logger.warning(
                f'{len(self.skipped)} videos so far are left out by the pipeline, see '
                f'{REPORT}; {len(new)} of them now, as: {new[0]}'
            )
        account = dict(
            num_samples=self.num_samples, videos=self.damaged, skipped=self.skipped
        )
        runner.message_hub.update_info(ACCOUNT, account)
        if (self.damaged or self.skipped) and is_main_process():
            Path(runner.work_dir, REPORT).write_text(json.dumps(account, indent=1))
        self._check(runner)

    def _check(self, runner: Runner) -> None:
        times = sum(entry['times'] for entry in self.damaged.values())
        if times > self.max_share * (self.num_samples + times):
            raise DamagedVideosError(
                f'{times} of {self.num_samples + times} videos that were drawn could not '
                f'be loaded, more than max_share={self.max_share:g} of them; the '
                f'{len(self.damaged)} files are listed in {runner.work_dir}/{REPORT}'
            )


def add_up(
    account: dict[str, dict], gathered: Sequence[list[tuple[str, str]]]
) -> list[str]:
    """Add videos to the counts.

    Args:
        account (dict[str, dict]): ``reason`` and ``times`` of each video; changed in
            place.
        gathered (Sequence[list]): A list of (file, reason) from each process.

    Returns:
        list[str]: The reasons of new videos.
    """
    new = []
    for video, reason in (entry for entries in gathered for entry in entries):
        if video not in account:
            account[video] = dict(reason=reason, times=0)
            new.append(reason)
        account[video]['times'] += 1
    return new
