"""A runner that rehearses a run: it goes through all stages in a short time."""

from __future__ import annotations

import gc
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from mmaction.registry import RUNNERS
from mmengine.config import Config
from mmengine.dist import (
    barrier,
    broadcast_object_list,
    init_dist,
    is_distributed,
    is_main_process,
)
from mmengine.logging import MMLogger
from mmengine.runner import Runner, find_latest_checkpoint

from ..hooks.damaged_videos import DamagedVideosHook
from .damaged import check_damaged, read_account, stops_at_damaged
from .folder import temporary_folder
from .forecast import check_disk, measure_memory, read_times
from .rehearsal_hook import RehearsalHook
from .report import write_report
from .settings import check_weights, shrink_config

TEST = 'test_cfg', 'test_dataloader', 'test_evaluator'


@RUNNERS.register_module()
class Rehearsal:
    """Go through all stages of a run in about a minute, to find errors before it starts.

    Use it instead of a :class:`Runner`, by ``runner_type='Rehearsal'`` in a config, or by
    ``tools/train.py CONFIG --rehearse``. Data, model, hooks, schedules and processes are
    those of the config:

    1. It trains the first epoch, with only the first batches and the last. It validates
    and saves a checkpoint. 2. A new runner resumes from it, and trains the second and the
    last epoch. 3. If the config has a test, another runner tests the last checkpoint.

    Validation and test use the first and last videos, or all if a metric needs more. At
    the end it prints the expected time, memory and disk space of the whole run, and which
    videos were damaged. All files are in a temporary folder near the work directory,
    which is removed.

    Args:
        cfg (Config): Config of the run, as for ``Runner.from_cfg``.

    Raises:
        FileNotFoundError: If ``load_from`` does not exist.
        PermissionError: From :meth:`train`, if the work directory cannot be written.
        OSError: From :meth:`train`, if the checkpoints do not fit on the disk.
        RuntimeError: From :meth:`train`, if so many videos were replaced that the
            :class:`DamagedVideosHook` would stop the run.
        Exception: From :meth:`train`, any error of the run.

    Source: beyond the paper.
    """

    def __init__(self, cfg: Config) -> None:
        check_weights(cfg)
        self.cfg = cfg
        self.work_dir = Path(cfg.work_dir).absolute()
        self.facts: dict = {}

    @classmethod
    def from_cfg(cls, cfg: Config) -> Rehearsal:
        """Create the rehearsal of a config."""
        return cls(cfg)

    def train(self) -> None:
        """Rehearse, and print the report."""
        launcher, env = self.cfg.get('launcher', 'none'), self.cfg.get('env_cfg') or {}
        if launcher != 'none' and not is_distributed():
            init_dist(launcher, **env.get('dist_cfg', {}))
        start = time.time()
        with temporary_folder(self.work_dir) as folder:
            self._begin(folder)
            self._end(folder)
            self._test(folder)
        self.facts.update(memory=measure_memory(), seconds=time.time() - start)
        if is_main_process():
            name = Path(self.cfg.filename or self.work_dir).stem
            print(write_report(name, self.facts), flush=True)

    def _begin(self, folder: Path) -> None:
        cfg = shrink_config(self.cfg, folder, 'begin')
        with _part('training the first epoch'), _runner(cfg, begin=True) as runner:
            runner.train()
            hook = next(h for h in runner.hooks if isinstance(h, RehearsalHook))
            check_damaged(read_account(runner), hook.plan.max_share)
            self.facts.update(plan=hook.plan, sizes=hook.sizes, **read_times(runner))
            saved = [find_latest_checkpoint(str(folder))]
            broadcast_object_list(saved)
            if saved[0]:
                count = hook.plan.checkpoints
                self.facts['size'] = check_disk(self.work_dir, Path(saved[0]), count)

    def _end(self, folder: Path) -> None:
        cfg = shrink_config(self.cfg, folder, 'end')
        cfg.update(resume='size' in self.facts, load_from=None)
        with _part('resuming and ending'), _runner(cfg, begin=False) as runner:
            runner.train()
            self.facts['damaged'] = read_account(runner)
            self.facts['stops'] = stops_at_damaged(runner.train_dataloader.dataset)

    def _test(self, folder: Path) -> None:
        cfg = shrink_config(self.cfg, folder, 'test')
        cfg.load_from = find_latest_checkpoint(str(folder))
        if any(cfg.get(key) is None for key in TEST):
            return
        with _part('testing'), _runner(cfg, begin=False) as runner:
            self.facts['test'] = runner.test()


@contextmanager
def _part(name: str) -> Iterator[None]:
    """Print the current part, also if it fails."""
    if is_main_process():
        print(f'rehearsal: {name}', flush=True)
    try:
        yield
    except Exception:
        print(f'the rehearsal failed while {name}:', file=sys.stderr, flush=True)
        raise


@contextmanager
def _runner(cfg: Config, begin: bool) -> Iterator[Runner]:
    """Free the memory of the last runner, build one, and close its files at the end."""
    gc.collect()
    torch.cuda.empty_cache()
    runner = Runner.from_cfg(cfg)
    if not any(isinstance(hook, DamagedVideosHook) for hook in runner.hooks):
        counter = DamagedVideosHook()
        counter.max_share = 1.0  # the run itself has no such limit
        runner.register_hook(counter)
    runner.register_hook(RehearsalHook(begin))
    try:
        yield runner
        barrier()
    finally:
        runner.visualizer.close()
        logger = MMLogger.get_current_instance()
        for handler in list(logger.handlers):
            handler.close()
            # A closed handler would open its file again, in a removed folder.
            if isinstance(handler, logging.FileHandler):
                logger.removeHandler(handler)
