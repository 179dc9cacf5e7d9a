"""See a collapse of the features while it happens."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Sequence
from typing import Any

import torch
from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.logging import print_log
from mmengine.runner import Runner
from torch import Tensor, nn

from ...checks import check_choice
from ...functional import channel_spread, effective_rank
from ...functional.precision import at_least_single
from .checkpoint_match import unwrap

ACTIONS = ('warn', 'stop')
FIGURES = dict(spread=channel_spread, rank=effective_rank)
PATHS = ('clean', 'noise')
BASELINE = 'collapse_baseline'
"""Key in the message hub, so that the first look survives a resume."""

ADVICE = (
    'The two paths agree since all videos get nearly the same feature; a falling '
    'consistency loss is no progress then. Add what needs different features for '
    'different videos: in the consistency_head auxiliary_losses=dict(contrast=dict('
    "type='InfoNCELoss')) and a lower weight of loss_temporal, or "
    'VarianceCovarianceLoss; or a cls_head and labels beside it.'
)


@HOOKS.register_module()
class CollapseMonitorHook(Hook):
    """Log spread and effective rank of both paths' features, and warn of a collapse.

    Consistency alone is met best by features that are the same for every video, and a
    loss that goes to 0 does not tell. This hook listens to the ``consistency_head`` and
    keeps the ψ features of the last ``window`` clips, averaged over time and space. Once
    these are so many, every ``interval`` iterations it logs ``spread_clean``,
    ``spread_noise``, ``rank_clean`` and ``rank_noise`` beside the losses; the first
    iteration tells when that will be. It warns, once of the spread and once of the rank,
    when one falls below ``tolerance`` of its value at the first look. Neither serves
    alone: features that shrink to one point can keep their rank, which has no scale.
    (Where nothing holds the scale, as with :class:`InfoNCELoss` alone, the spread can
    also fall without harm.) In distributed training each process looks at its own clips,
    and the first one logs.

    Args:
        interval (int): Iterations between two looks. Defaults to 10.
        window (int): Clips that a look goes over, 2 or more; a rank is at most window -
            1. Defaults to 128.
        tolerance (float): Share of the first value, between 0 and 1, below which the
            features count as collapsed. Defaults to 0.25.
        action (str): What to do then: ``'warn'``, or ``'stop'`` the run by an error.
            Defaults to 'warn'.
        judged (Sequence[str]): Which of ``'spread'`` and ``'rank'`` may tell of a
            collapse; both are logged. Leave the spread out where nothing holds the
            scale of the features. Defaults to both.

    Raises:
        ValueError: If an argument is out of range. Before training: if the model has no
            ``consistency_head`` to listen to.
        RuntimeError: In training, with action 'stop': if the features collapse.

    Source: beyond the paper; the figures are those of
        :mod:`stcr_mmaction.functional.collapse`.
    """

    def __init__(
        self,
        interval: int = 10,
        window: int = 128,
        tolerance: float = 0.25,
        action: str = 'warn',
        judged: Sequence[str] = tuple(FIGURES),
    ) -> None:
        if interval < 1 or window < 2 or not 0 < tolerance < 1:
            raise ValueError(
                'CollapseMonitorHook needs interval >= 1, window >= 2 and tolerance '
                f'between 0 and 1, got {interval}, {window} and {tolerance}'
            )
        check_choice('action', action, ACTIONS)
        for figure in judged:
            check_choice('judged', figure, tuple(FIGURES))
        self.interval = interval
        self.window = window
        self.tolerance = tolerance
        self.action = action
        self.judged = judged
        self.warned: set[str] = set()
        self._heard: deque[tuple[Tensor, Tensor]] = deque()
        self._announced = False

    def before_train(self, runner: Runner) -> None:
        """Listen to the head."""
        model = unwrap(runner.model)
        head = getattr(model, 'consistency_head', None)
        if head is None:
            raise ValueError(
                'CollapseMonitorHook needs a model with a consistency_head, but '
                f'{type(model).__name__} has none: take the hook out of custom_hooks'
            )
        self._listener = head.register_forward_hook(self._listen)

    def after_train(self, runner: Runner) -> None:
        """Stop listening."""
        self._listener.remove()
        self._heard.clear()

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Look at the features, log, and warn or stop."""
        if self._heard and not self._announced:
            self._announce(runner)
        is_due = self.every_n_train_iters(runner, self.interval)
        if not is_due or self._count() < self.window:
            return
        figures = self.measure()
        for name, value in figures.items():
            runner.message_hub.update_scalar(f'train/{name}', value)
        if BASELINE not in runner.message_hub.runtime_info:
            runner.message_hub.update_info(BASELINE, figures)
        first = runner.message_hub.get_info(BASELINE)
        for figure in self.judged:
            self._judge(figure, figures, first, runner.iter + 1)

    def measure(self) -> dict[str, float]:
        """Compute the four figures of the clips heard last."""
        figures = {}
        for path, heard in zip(PATHS, zip(*self._heard, strict=True), strict=True):
            features = torch.cat(heard)[-self.window :].float().cpu()
            for name, figure in FIGURES.items():
                figures[f'{name}_{path}'] = figure(features).item()
        return figures

    def _listen(
        self, head: nn.Module, inputs: Any, features: tuple[Tensor, Tensor]
    ) -> None:
        paths = (at_least_single(path.detach()) for path in features)
        self._heard.append(tuple(path.flatten(2).mean(2) for path in paths))
        while self._count() - len(self._heard[0][0]) >= self.window:
            self._heard.popleft()

    def _announce(self, runner: Runner) -> None:
        """Say, of the first batch heard, when there will be figures."""
        self._announced = True
        batches = math.ceil(self.window / self._count())
        first = math.ceil((runner.iter + batches) / self.interval) * self.interval
        ends = f', but the run ends at {runner.max_iters}' * (first > runner.max_iters)
        print_log(
            'CollapseMonitorHook logs spread and rank of the features every '
            f'{self.interval} iterations, once it has seen {self.window} clips: first at '
            f'iteration {first}{ends}',
            logger='current',
        )

    def _count(self) -> int:
        return sum(len(clean) for clean, _ in self._heard)

    def _judge(self, figure: str, now: dict, first: dict, iteration: int) -> None:
        """Warn or stop if the figure has fallen on one of the paths."""
        names = [f'{figure}_{path}' for path in PATHS]
        fallen = [name for name in names if now[name] < self.tolerance * first[name]]
        if not fallen or figure in self.warned:
            return
        self.warned.add(figure)
        listed = ', '.join(f'{n} from {first[n]:.4g} to {now[n]:.4g}' for n in fallen)
        message = f'The features are collapsing: by iteration {iteration} {listed}. '
        if self.action == 'stop':
            raise RuntimeError(message + ADVICE)
        print_log(message + ADVICE, logger='current', level=logging.WARNING)
