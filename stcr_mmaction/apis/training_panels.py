"""What trainings logged, as small diagrams with readable names."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..engine.hooks.collapse_monitor import COLLAPSED, PATHS
from .pictures import CHANCE, COLORS, grid
from .scalars import Series

COLUMNS = 3
MAX_MARKED = 20
"""Points up to which each is marked."""
LINES = '-', '--', ':', '-.'
LOSSES = {
    'loss': 'loss, all parts',
    'loss_temporal': 'L_tw, temporal-wise loss',
    'loss_channel': 'L_cw, channel-wise loss',
    'loss_contrast': 'contrast of videos (InfoNCE)',
    'loss_motion': 'motion head',
    'loss_cls': 'classifier',
}
FEATURES = {
    'spread': 'spread of the features',
    'rank': 'rank of the features',
}
TOP1 = {
    'knn_top1': 'k-NN',
    'linear_top1': 'linear probe',
    'retrieval_top1': 'retrieval',
    'top1': 'accuracy',
    'mean1': 'mean of classes',
}
TOP5 = {'retrieval_top5': 'retrieval', 'top5': 'accuracy'}


class Panel(NamedTuple):
    """A small diagram.

    Attributes:
        title (str): What stands above it.
        keys (Mapping[str, str]): Name of a curve to the key that is logged.
        unit (str): ``'first'`` for percent of the first value, ``'percent'`` for shares
            as percent, ``''`` for what is logged. Defaults to ''.
        level (str): Name of the dashed line, ``'collapsed'`` or ``'a guess'``. Defaults
            to '': there is none.
    """

    title: str
    keys: Mapping[str, str]
    unit: str = ''
    level: str = ''

    def curve(self, series: Series, name: str) -> dict[int, float]:
        """Return the values of a curve by iteration; nothing if they are not logged."""
        values = series.get(self.keys[name], {})
        if not (self.unit and values):
            return values
        one = 1.0 if self.unit == 'percent' else next(iter(values.values()))
        return {step: 100 * v / one if one else 0.0 for step, v in values.items()}


def list_panels(logged: Collection[str]) -> list[Panel]:
    """Group what is logged: losses, features, and what validation measured.

    Args:
        logged (Collection[str]): Keys of a log.

    Returns:
        list[Panel]: In this order. Keys that are none of these are left out.
    """
    panels = [
        Panel(LOSSES.get(key, key.replace('_', ' ')), {'loss': key})
        for key in _losses(logged)
    ]
    for figure, title in FEATURES.items():
        keys = {f'{path} path': f'{figure}_{path}' for path in PATHS}
        panels.append(Panel(f'{title}, % of the first', keys, 'first', 'collapsed'))
    first = Panel('validation, % right', _measured(logged, TOP1), 'percent', 'a guess')
    fifth = Panel('validation, % right among 5', _measured(logged, TOP5), 'percent')
    panels += [first, fifth]
    return [panel for panel in panels if set(panel.keys.values()) & set(logged)]


def _losses(logged: Collection[str]) -> list[str]:
    known = [key for key in LOSSES if key in logged]
    more = sorted({key for key in logged if key.startswith('loss_')} - set(known))
    losses = known + more
    # A single part is the loss itself.
    return losses[:1] if len(losses) == 2 and losses[0] == 'loss' else losses


def _measured(logged: Collection[str], names: Mapping[str, str]) -> dict[str, str]:
    return {
        name: key
        for suffix, name in names.items()
        for key in sorted(logged)
        if key.endswith(f'/{suffix}')
    }


def draw_panels(
    panels: list[Panel], runs: Mapping[str, Series], chance: float | None = None
) -> Figure:
    """Draw the panels of one training, or of several beside each other.

    Args:
        panels (list[Panel]): What is drawn, at least one.
        runs (Mapping[str, Series]): Name of a training to what it logged.
        chance (float, optional): Share of the videos, 0 to 1, that a guess gets right.
            Defaults to None: not drawn.

    Returns:
        Figure: A color a training, or a color a curve if there is one training.
    """
    columns = min(COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    height = 2.4 * rows + 0.4 * (len(runs) > 1)
    figure, axes = grid(rows, columns, height, sharex=True)
    levels = {'collapsed': 100 * COLLAPSED, 'a guess': chance and 100 * chance}
    for axis, panel in zip(axes.flat, panels, strict=False):
        _draw_panel(axis, panel, runs, levels.get(panel.level))
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    if len(runs) > 1:
        handles = [Line2D([], [], color=color) for _, color in zip(runs, COLORS)]  # noqa: B905
        where = dict(loc='outside upper center', ncols=min(3, len(runs)))
        figure.legend(handles, list(runs), frameon=False, **where)
    return figure


def _draw_panel(
    axis: Axes, panel: Panel, runs: Mapping[str, Series], level: float | None
) -> None:
    for number, series in enumerate(runs.values()):
        for place, name in enumerate(panel.keys):
            values = panel.curve(series, name)
            color = COLORS[(number if len(runs) > 1 else place) % len(COLORS)]
            style = dict(color=color, label=name if number == 0 else None)
            if len(runs) > 1:
                style['linestyle'] = LINES[place % len(LINES)]
            if len(values) <= MAX_MARKED:
                style.update(marker='o', markersize=3)
            axis.plot(values.keys(), values.values(), **style)
    if level is not None:
        axis.axhline(level, color=CHANCE, linestyle=(0, (4, 3)), linewidth=1)
        where = dict(transform=axis.get_yaxis_transform(), va='bottom', ha='right')
        axis.text(1, level, panel.level, color=CHANCE, fontsize=8, **where)
    _label(axis, panel, colored=len(runs) == 1)


def _label(axis: Axes, panel: Panel, colored: bool) -> None:
    axis.set_title(panel.title, fontsize=9)
    axis.set_xlabel('iteration', fontsize=8)
    axis.set_xlim(left=0)
    if panel.unit:
        axis.set_ylim(0, 1.25 * axis.get_ylim()[1])  # the legend is above the curves
    axis.tick_params(labelsize=8, labelbottom=True)
    if len(panel.keys) > 1:
        where = dict(loc='upper left', ncols=2, borderaxespad=0)
        legend = axis.legend(fontsize=8, frameon=False, columnspacing=1, **where)
        for line in () if colored else legend.get_lines():
            line.set_color('#666666')
