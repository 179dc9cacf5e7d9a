"""Detect a collapse of the features during training."""

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
COLLAPSED = 0.25
"""Share of the first value below which features count as collapsed."""
BASELINE = 'collapse_baseline'
"""Key in the message hub, so that the first values survive a resume."""

ADVICE = (
    'All videos get nearly the same feature, so a falling consistency loss shows no '
    'progress. Add a loss that separates videos: in the consistency_head '
    "auxiliary_losses=dict(contrast=dict(type='InfoNCELoss')) and a lower weight of "
    'loss_temporal, or VarianceCovarianceLoss; or add a cls_head and labels.'
)


@HOOKS.register_module()
class CollapseMonitorHook(Hook):
    """Log spread and effective rank of the features, and warn of a collapse.

    Consistency alone has a trivial solution: the same feature for every video. The loss
    does not show it. This hook collects the ψ features of the ``consistency_head`` for
    the last ``window`` clips, averaged over time and space. Every ``interval`` iterations
    it logs ``spread_clean``, ``spread_noise``, ``rank_clean`` and ``rank_noise`` with the
    losses. It starts once it has ``window`` clips; a message says when. It warns, once
    for the spread and once for the rank, when one falls below ``tolerance`` times its
    first value. Both are needed: features that shrink to a point can keep their rank,
    which is independent of scale. (If no loss fixes the scale, as with
    :class:`InfoNCELoss` alone, the spread may also fall without harm.) In distributed
    training each process measures its own clips, and the first process logs.

    Args:
        interval (int): Iterations between two measurements. Defaults to 10.
        window (int): Clips in a measurement, 2 or more; a rank is at most window - 1.
            Defaults to 128.
        tolerance (float): Share of the first value, between 0 and 1, below which the
            features count as collapsed. Defaults to 0.25.
        action (str): What to do then: ``'warn'``, or ``'stop'`` the run with an error.
            Defaults to 'warn'.
        judged (Sequence[str]): Which of ``'spread'`` and ``'rank'`` count as signs of a
            collapse; both are logged. Leave the spread out if no loss fixes the scale of
            the features. Defaults to both.

    Raises:
        ValueError: If an argument is out of range. Before training: if the model has no
            ``consistency_head``.
        RuntimeError: In training, with action 'stop': if the features collapse.

    Source: beyond the paper; the figures are those of
        :mod:`stcr_mmaction.functional.collapse`.
    """

    def __init__(
        self,
        interval: int = 10,
        window: int = 128,
        tolerance: float = COLLAPSED,
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
        self._recent: deque[tuple[Tensor, Tensor]] = deque()
        self._announced = False

    def before_train(self, runner: Runner) -> None:
        """Register a hook on the head."""
        model = unwrap(runner.model)
        head = getattr(model, 'consistency_head', None)
        if head is None:
            raise ValueError(
                'CollapseMonitorHook needs a model with a consistency_head, but '
                f'{type(model).__name__} has none: take the hook out of custom_hooks'
            )
        self._listener = head.register_forward_hook(self._listen)

    def after_train(self, runner: Runner) -> None:
        """Remove the hook."""
        self._listener.remove()
        self._recent.clear()

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Measure and log, and warn or stop."""
        if self._recent and not self._announced:
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
        """Compute the four values for the last clips."""
        figures = {}
        for path, recent in zip(PATHS, zip(*self._recent, strict=True), strict=True):
            features = torch.cat(recent)[-self.window :].float().cpu()
            for name, figure in FIGURES.items():
                figures[f'{name}_{path}'] = figure(features).item()
        return figures

    def _listen(
        self, head: nn.Module, inputs: Any, features: tuple[Tensor, Tensor]
    ) -> None:
        paths = (at_least_single(path.detach()) for path in features)
        self._recent.append(tuple(path.flatten(2).mean(2) for path in paths))
        while self._count() - len(self._recent[0][0]) >= self.window:
            self._recent.popleft()

    def _announce(self, runner: Runner) -> None:
        """Log, at the first batch, when the first figures will come."""
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
        return sum(len(clean) for clean, _ in self._recent)

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
