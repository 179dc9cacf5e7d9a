"""What a training logged, as small panels and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from ..pictures import COLOURS, grid, plt
from ..scalars import Series, read_scalars, read_series
from .report import Section, as_png

COLUMNS = 3
FEW = 20
"""Points up to which each is marked."""
COLLAPSED = 0.25
"""Share of the first value below which features count as collapsed, as the
CollapseMonitorHook has it."""
FIGURES = 'spread', 'rank'
PATHS = 'clean', 'noise'
MEASURED = {
    'knn_top1': 'k-NN',
    'linear_top1': 'linear probe',
    'retrieval_top1': 'retrieval',
    'retrieval_top5': 'retrieval among 5',
    'top1': 'accuracy',
    'top5': 'in the first 5',
    'mean1': 'mean of classes',
}
"""What validation measures as a share of the videos."""


class Panel(NamedTuple):
    """A small diagram: its title, curves by name, and dashed lines by name."""

    title: str
    curves: Series
    levels: Mapping[str, float] = {}


def training_curves(
    work_dir: Path, title: str, chance: float | None = None
) -> Section | None:
    """Show what a training logged: losses, features, and what validation measured.

    Args:
        work_dir (Path): Work directory of the training, with all its resumptions.
        title (str): Heading of the section.
        chance (float, optional): Share of the videos, 0 to 1, that a guess gets right.
            Defaults to None: not drawn.

    Returns:
        Section: With a picture; None if nothing was logged.
    """
    if not read_scalars(work_dir):
        return None
    series = read_series(work_dir)
    features, validation = _features(series), _validation(series, chance)
    panels = [*_losses(series), *features, *validation]
    text = [*_tell_length(series), *_tell_features(features), *_tell(validation)]
    titles = ', '.join(panel.title.splitlines()[0] for panel in panels)
    alt = f'over the iterations: {titles}'
    return Section(title, '\n'.join(text), [(_draw(panels), alt)] if panels else [])


def _losses(series: Series) -> list[Panel]:
    parts = sorted(name for name in series if name.startswith('loss_'))
    if len(parts) == 1 and 'loss' in series:
        parts = []  # it is the loss itself
    names = [*filter(series.__contains__, ['loss']), *parts]
    return [Panel(name.replace('_', ' '), {name: series[name]}) for name in names]


def _features(series: Series) -> list[Panel]:
    """Take spread and rank of both paths, each with the level of a collapse."""
    panels = []
    for figure in FIGURES:
        names = {f'{path} path': f'{figure}_{path}' for path in PATHS}
        curves = {told: series[name] for told, name in names.items() if name in series}
        levels = {told: COLLAPSED * _ends(curve)[0] for told, curve in curves.items()}
        title = f'{figure} of the features\n(dashed: below it they collapsed)'
        panels += [Panel(title, curves, levels)] if curves else []
    return panels


def _validation(series: Series, chance: float | None) -> list[Panel]:
    curves = {
        told: {step: 100 * value for step, value in series[name].items()}
        for measured, told in MEASURED.items()
        for name in series
        if name.endswith(f'/{measured}')
    }
    levels = {} if chance is None else dict(chance=100 * chance)
    return [Panel('validation, percent', curves, levels)] if curves else []


def _tell_length(series: Series) -> Iterator[str]:
    told = f'{max(max(curve) for curve in series.values()):,} iterations.'
    if 'loss' in series:
        first, last = _ends(series['loss'])
        told += f' The loss went from {first:.3g} to {last:.3g}.'
    yield told


def _tell_features(panels: Sequence[Panel]) -> Iterator[str]:
    curves = [curve for panel in panels for curve in panel.curves.values()]
    if curves:
        shares = (last / first if first else 0.0 for first, last in map(_ends, curves))
        lowest = min(shares)
        yield (
            f'Spread and rank of the features ended at {lowest:.0%} of their first '
            f'values or more. Below {COLLAPSED:.0%} they count as collapsed: nearly the '
            'same for every video.'
        )


def _tell(validation: Sequence[Panel]) -> Iterator[str]:
    for _, curves, levels in validation:
        told = ', '.join(f'{name} {_ends(c)[1]:.1f}%' for name, c in curves.items())
        guess = ''.join(f' A guess gets {value:.1f}%.' for value in levels.values())
        yield f'The last validation: {told}.{guess}'


def _ends(curve: Mapping[int, float]) -> tuple[float, float]:
    """Return the first and the last value."""
    values = list(curve.values())
    return values[0], values[-1]


def _draw(panels: list[Panel]) -> bytes:
    columns = min(COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure, axes = grid(rows, columns, height=2.7 * rows)
    for axis, panel in zip(axes.flat, panels, strict=False):
        _draw_panel(axis, panel)
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    return as_png(figure)


def _draw_panel(axis: plt.Axes, panel: Panel) -> None:
    colors = dict(zip(panel.curves, COLOURS, strict=False))
    for name, curve in panel.curves.items():
        style = dict(marker='o', markersize=3) if len(curve) <= FEW else {}
        axis.plot(curve.keys(), curve.values(), color=colors[name], label=name, **style)
    for name, level in panel.levels.items():
        style = dict(color=colors.get(name, '#666666'), linestyle='--', linewidth=1)
        axis.axhline(level, label=None if name in colors else name, **style)
    axis.set_title(panel.title, fontsize=9)
    axis.set_xlabel('iteration', fontsize=8)
    axis.set_xlim(left=0)
    axis.tick_params(labelsize=8)
    axis.spines[['top', 'right']].set_visible(False)
    if len({*panel.curves, *panel.levels}) > 1:
        below = dict(loc='upper center', bbox_to_anchor=(0.5, -0.22), ncols=2)
        axis.legend(fontsize=7, frameon=False, **below)
