"""One picture for the whole comparison: horizontal bars, intervals, a line of chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

LEARNED, PLAIN, LINE = '#0072B2', '#999999', '#D55E00'
"""Of Okabe and Ito's, which color-blind people tell apart."""


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
    figure, panels = plt.subplots(
        1,
        len(sets),
        figsize=(9, 0.9 + 0.3 * most),
        sharex=True,
        squeeze=False,
        layout='constrained',
    )
    for name, panel in zip(sets, panels.flat, strict=True):
        _draw_panel(panel, [bar for bar in bars if bar[0] == name], chance[name])
        panel.set_title(name)
        panel.set_xlabel('linear probe, % right')
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100, metadata=dict(Software=None))
    plt.close(figure)


def _draw_panel(panel: plt.Axes, bars: Sequence[tuple], chance: float) -> None:
    for place, (_, _, estimate, learned) in enumerate(bars):
        errors = [[estimate.mean - estimate.low], [estimate.high - estimate.mean]]
        color = LEARNED if learned else PLAIN
        panel.barh(place, estimate.mean, xerr=errors, color=color, ecolor='black')
    panel.axvline(chance, color=LINE, linestyle='--')
    panel.text(chance, len(bars) - 0.45, ' chance', color=LINE, va='top')
    panel.set_yticks(range(len(bars)), [bar[1] for bar in bars])
    panel.set_xlim(0, 100)
    panel.set_ylim(len(bars), -0.6)
    panel.spines[['top', 'right']].set_visible(False)
