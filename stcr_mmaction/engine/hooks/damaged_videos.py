"""Keep account of the videos that could not be loaded."""

from __future__ import annotations

import json
from pathlib import Path

from mmaction.registry import HOOKS
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.runner import Runner

ACCOUNT = 'damaged_videos'
REPORT = f'{ACCOUNT}.json'


@HOOKS.register_module()
class DamagedVideosHook(Hook):
    """Count the videos that ``CheckedVideoDataset(on_error='replace')`` replaced.

    Each is logged once, with the reason. All are listed, with how often they were drawn,
    in ``damaged_videos.json`` in the work directory and at the end of the log. The
    account is part of the checkpoint, so that a resumed run goes on with it. If too many
    are damaged the run stops, in all processes at the same iteration.

    Args:
        max_share (float): Share of the samples drawn so far that may have been replaced,
            0 to below 1. Defaults to 0.01.
        interval (int): Iterations between two counts, 1 or more. A checkpoint within an
            epoch has the account as last counted: if it is not there that a count is due
            too, a resumed run lacks up to ``interval - 1`` iterations. Defaults to 50.

    Raises:
        ValueError: If an argument is out of range.
        RuntimeError: In training, if the share is above ``max_share``. Says how many
            videos are damaged and where they are listed.
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
        self._new: list[tuple[str, str]] = []
        self._new_samples = 0

    def before_train(self, runner: Runner) -> None:
        """Go on with the account of an interrupted run."""
        account = runner.message_hub.runtime_info.get(ACCOUNT)
        if account:
            self.num_samples, self.damaged = account['num_samples'], account['videos']

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Take down what this batch replaced; count now and then."""
        samples = data_batch['data_samples']
        self._new_samples += len(samples)
        for sample in samples:
            self._new += sample.metainfo.get('replaced', [])
        if self.every_n_train_iters(runner, self.interval):
            self._count(runner)

    def after_train_epoch(self, runner: Runner) -> None:
        """Count what is left."""
        self._count(runner)

    def after_train(self, runner: Runner) -> None:
        """List what was replaced."""
        if self.damaged:
            lines = [
                f'{video}: {entry["times"]} times'
                for video, entry in self.damaged.items()
            ]
            runner.logger.warning('Videos that were replaced:\n' + '\n'.join(lines))

    def _count(self, runner: Runner) -> None:
        gathered = all_gather_object((self._new, self._new_samples))
        self._new, self._new_samples = [], 0
        self.num_samples += sum(count for _, count in gathered)
        for video, reason in (entry for new, _ in gathered for entry in new):
            if video not in self.damaged:
                self.damaged[video] = dict(reason=reason, times=0)
                runner.logger.warning(f'replaced by another video: {reason}')
            self.damaged[video]['times'] += 1
        account = dict(num_samples=self.num_samples, videos=self.damaged)
        runner.message_hub.update_info(ACCOUNT, account)
        if self.damaged and is_main_process():
            Path(runner.work_dir, REPORT).write_text(json.dumps(account, indent=1))
        self._check(runner)

    def _check(self, runner: Runner) -> None:
        times = sum(entry['times'] for entry in self.damaged.values())
        if times > self.max_share * (self.num_samples + times):
            raise RuntimeError(
                f'{times} of {self.num_samples + times} videos that were drawn could not '
                f'be loaded, more than max_share={self.max_share:g} of them; the '
                f'{len(self.damaged)} files are listed in {runner.work_dir}/{REPORT}'
            )
