"""A picture of an experiment: a bar for each arm, a dot for each run."""

from math import ceil
from pathlib import Path

import matplotlib as mpl
import numpy as np

from .results import Result, Results, metric_of

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

COLOURS = ('#E69F00', '#0072B2', '#009E73', '#D55E00', '#CC79A7', '#56B4E9', '#F0E442',
           '#999999')  # fmt: skip
"""Okabe and Ito's, which colour-blind people tell apart."""
WIDTH = 9.0  # inches, at 100 dots each that of a README
BAR = 0.25  # inches, at least


def draw_figure(results: Results, path: Path) -> None:
    """Draw mean and single runs: axes across, arms beside each other.

    Args:
        results (Results): With at least one run that was tested.
        path (Path): PNG file to write.
    """
    tested = [result for result in results.found if result.content['metrics']]
    places = list(dict.fromkeys(result.columns(results.axes) for result in tested))
    arms = [a for a in results.experiment.arms if any(r.run.arm == a for r in tested)]
    rows = ceil(len(places) * BAR * (len(arms) + 1) / WIDTH)
    in_a_row = ceil(len(places) / rows)
    figure, panels = plt.subplots(
        rows,
        figsize=(WIDTH, 1 + 2.8 * rows),
        sharey=True,
        squeeze=False,
        layout='constrained',
    )
    for row, panel in enumerate(panels.flat):
        here = places[row * in_a_row : (row + 1) * in_a_row]
        _draw_panel(panel, results, tested, arms, here)
        panel.set_xlim(-0.5, in_a_row - 0.5)
    figure.supxlabel(', '.join(results.axes), fontsize='medium')
    handles, titles = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, titles, loc='outside upper center', ncols=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100, metadata=dict(Software=None))
    plt.close(figure)


def _draw_panel(
    panel: plt.Axes,
    results: Results,
    tested: list[Result],
    arms: list[str],
    places: list[tuple],
) -> None:
    width = 0.8 / len(arms)
    for number, arm in enumerate(arms):
        of_arm = [result for result in tested if result.run.arm == arm]
        shift = (number - (len(arms) - 1) / 2) * width
        colour = COLOURS[number % len(COLOURS)]
        for place, values in enumerate(places):
            here = [r for r in of_arm if r.columns(results.axes) == values]
            label = results.experiment.arms[arm].title if place == 0 else None
            _draw_bar(panel, place + shift, width, here, results, colour, label)
    panel.set_xticks(range(len(places)), ['\n'.join(map(str, p)) for p in places])
    panel.set_ylabel(f'{results.experiment.metric} (%)')


def _draw_bar(
    axes: plt.Axes,
    place: float,
    width: float,
    here: list[Result],
    results: Results,
    colour: str,
    label: str | None,
) -> None:
    values = [metric_of(results.experiment.metric)(result) for result in here]
    mean = np.mean(values) if values else 0
    axes.bar(place, mean, 0.9 * width, color=colour, alpha=0.6, label=label)
    spots = place + np.linspace(-0.25, 0.25, len(values)) * width
    axes.plot(spots, values, 'o', color=colour, markeredgecolor='black', markersize=4)
