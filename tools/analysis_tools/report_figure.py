"""A picture of an experiment: a bar for each arm, a dot for each run."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from experiment_results import Result, Results, metric_of

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

COLOURS = ('#E69F00', '#0072B2', '#009E73', '#D55E00', '#CC79A7', '#56B4E9', '#F0E442',
           '#999999')  # fmt: skip
"""Okabe and Ito's, which colour-blind people tell apart."""


def draw_figure(results: Results, path: Path) -> None:
    """Draw mean and single runs: axes across, arms beside each other.

    Args:
        results (Results): With at least one run that was tested.
        path (Path): PNG file to write.
    """
    tested = [result for result in results.found if result.content['metrics']]
    places = list(dict.fromkeys(result.columns(results.axes) for result in tested))
    arms = [a for a in results.experiment.arms if any(r.run.arm == a for r in tested)]
    size = (2 + 0.35 * len(places) * (len(arms) + 1), 4)
    figure, axes = plt.subplots(figsize=size, layout='constrained')
    for number, arm in enumerate(arms):
        of_arm = [result for result in tested if result.run.arm == arm]
        shift = (number - (len(arms) - 1) / 2) * 0.8 / len(arms)
        colour = COLOURS[number % len(COLOURS)]
        for place, values in enumerate(places):
            here = [r for r in of_arm if r.columns(results.axes) == values]
            label = results.experiment.arms[arm].title if place == 0 else None
            _draw_bar(axes, place + shift, 0.8 / len(arms), here, results, colour, label)
    axes.set_xticks(range(len(places)), [', '.join(map(str, p)) or 'all' for p in places])
    axes.set(xlabel=', '.join(results.axes), ylabel=f'{results.experiment.metric} (%)')
    figure.legend(loc='outside upper center', ncols=2)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100, metadata=dict(Software=None))
    plt.close(figure)


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
