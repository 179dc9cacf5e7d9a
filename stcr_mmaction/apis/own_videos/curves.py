"""What a training logged, as small panels and in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ...engine.hooks.collapse_monitor import COLLAPSED
from ..scalars import Series, read_scalars, read_series
from ..training_panels import Panel, draw_panels, list_panels
from .report import Section, as_png


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
    panels = list_panels(series)
    text = [
        *_tell_loss(series),
        *_tell_features(panels, series),
        *_tell_validation(panels, series, chance),
    ]
    if not panels:
        return Section(title, '\n'.join(text))
    picture = as_png(draw_panels(panels, {title: series}, chance))
    alt = f'over the iterations: {"; ".join(panel.title for panel in panels)}'
    return Section(title, '\n'.join(text), [(picture, alt)])


def _tell_loss(series: Series) -> Iterator[str]:
    steps = max(max(curve) for curve in series.values())
    told = f'{steps:,} iteration{"s" * (steps > 1)}.'
    if 'loss' in series:
        first, last = _ends(series['loss'])
        went = len(series['loss']) > 1
        told += ' The loss '
        told += f'went from {first:.3g} to {last:.3g}.' if went else f'is {last:.3g}.'
    yield told


def _tell_features(panels: Sequence[Panel], series: Series) -> Iterator[str]:
    judged = [panel for panel in panels if panel.level == 'collapsed']
    curves = [panel.curve(series, name) for panel in judged for name in panel.keys]
    lowest = min((_ends(curve)[1] for curve in curves if curve), default=None)
    if lowest is not None:
        yield (
            f'Spread and rank of the features ended at {lowest:.0f}% of their first '
            f'values or more. Below {COLLAPSED:.0%} they count as collapsed: nearly the '
            'same for every video.'
        )


def _tell_validation(
    panels: Sequence[Panel], series: Series, chance: float | None
) -> Iterator[str]:
    for panel in panels:
        if panel.unit != 'percent':
            continue
        ends = {name: _ends(panel.curve(series, name))[1] for name in panel.keys}
        told = ', '.join(f'{name} {value:.1f}%' for name, value in ends.items())
        guessed = chance is not None and panel.level
        guess = f' A guess gets {100 * chance:.1f}%.' if guessed else ''
        kind = panel.title.replace(', % right', '')
        yield f'The last {kind}: {told}.{guess}'


def _ends(curve: Mapping[int, float]) -> tuple[float, float]:
    """Return the first and the last value."""
    values = list(curve.values())
    return values[0], values[-1]
