"""One picture for the whole comparison: horizontal bars, intervals, a line of chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.axes import Axes

from stcr_mmaction.apis.pictures import CHANCE, LEARNED, PLAIN, grid, write

from .measures import QUESTIONS


def draw_bars(bars: Sequence[tuple], chance: Mapping[str, float], path: Path) -> None:
    """Draw a panel for each set.

    Args:
        bars (Sequence[tuple]): Set, name, :class:`~.comparison.Estimate`, and whether
            the bar is of a pretrained network.
        chance (Mapping[str, float]): Accuracy of a guess, in percent, for each set.
        path (Path): PNG file to write.
    """
    sets = list(dict.fromkeys(bar[0] for bar in bars))
    most = max(sum(bar[0] == name for bar in bars) for name in sets)
    figure, panels = grid(1, len(sets), 0.9 + 0.3 * most, sharex=True)
    for name, panel in zip(sets, panels.flat, strict=True):
        _draw_panel(panel, [bar for bar in bars if bar[0] == name], chance[name])
        panel.set_title(QUESTIONS.get(name, name))
        panel.set_xlabel('linear probe, % right')
    write(figure, path)


def _draw_panel(panel: Axes, bars: Sequence[tuple], chance: float) -> None:
    for place, (_, _, estimate, learned) in enumerate(bars):
        errors = [[estimate.mean - estimate.low], [estimate.high - estimate.mean]]
        color = LEARNED if learned else PLAIN
        panel.barh(place, estimate.mean, xerr=errors, color=color, ecolor='black')
    panel.axvline(chance, color=CHANCE, linestyle='--')
    panel.text(chance, len(bars) - 0.45, ' chance', color=CHANCE, va='top')
    panel.set_yticks(range(len(bars)), [bar[1] for bar in bars])
    panel.set_xlim(0, 100)
    panel.set_ylim(len(bars), -0.6)
