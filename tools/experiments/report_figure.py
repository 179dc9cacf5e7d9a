"""A picture of an experiment: a bar an arm, a dot a run, and a line of chance."""

from __future__ import annotations

from math import ceil
from pathlib import Path
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes

from stcr_mmaction.apis.pictures import CHANCE, LEARNED, grid, write

from .paired_statistics import paired_difference
from .results import Result, Results, metric_of

MOST_ACROSS = 4
LONGEST = 32  # letters in a line


def draw_figure(results: Results, path: Path) -> None:
    """Draw mean, 95% interval and single runs: a panel for each value of the axes.

    Args:
        results (Results): With at least one run that was tested.
        path (Path): PNG file to write.
    """
    tested = [result for result in results.found if result.content['metrics']]
    places = list(dict.fromkeys(result.columns(results.axes) for result in tested))
    arms = [a for a in results.experiment.arms if any(r.run.arm == a for r in tested)]
    across = min(MOST_ACROSS, len(places))
    down = ceil(len(places) / across)
    height = down * (0.9 + 0.36 * len(arms))
    figure, panels = grid(down, across, height, sharex=True, sharey=True)
    for panel, place in zip(panels.flat, places, strict=False):
        here = [r for r in tested if r.columns(results.axes) == place]
        named = zip(results.axes, map(str, place), strict=True)
        panel.set_title('\n'.join(map(' '.join, named)), fontsize='small')
        _draw_panel(panel, results, here, arms)
    for panel in panels.flat[len(places) :]:
        panel.set_axis_off()
    for panel in panels[-1]:
        panel.set_xlabel(f'{results.experiment.metric}, %')
    write(figure, path)


def _draw_panel(
    panel: Axes, results: Results, here: list[Result], arms: list[str]
) -> None:
    measure = metric_of(results.experiment.metric)
    for place, arm in enumerate(arms):
        values = [measure(result) for result in here if result.run.arm == arm]
        if values:
            mean = paired_difference(values, [0.0] * len(values))
            panel.barh(place, mean.mean, xerr=mean.half_width, color=LEARNED, alpha=0.6)
            spots = place + np.linspace(-0.25, 0.25, len(values))
            panel.plot(
                values, spots, 'o', color=LEARNED, markeredgecolor='k', markersize=3
            )
    titles = (results.experiment.arms[arm].title for arm in arms)
    names = [fill(title, LONGEST) for title in titles]
    panel.set_yticks(range(len(arms)), names, fontsize='x-small')
    panel.set_ylim(len(arms) - 0.5, -0.5)
    panel.set_xlim(0, 100)
    if results.experiment.chance is not None:
        panel.axvline(100 * results.experiment.chance, color=CHANCE, linestyle='--')
