"""Say in figures, words and a picture what came out of the demo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from rich.console import Console
from rich.table import Table

from .demo_tasks import Task
from .paired_statistics import mean_and_std, paired_difference

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

METHODS = {'scratch': 'from scratch', 'stcr': 'STCR, fine-tuned'}
COLOURS = {'scratch': '#E69F00', 'stcr': '#0072B2'}
"""Okabe and Ito's, which colour-blind people tell apart."""


def summarize(top1: dict[str, dict[int, float]]) -> dict:
    """Summarize accuracies; the difference is paired by seed.

    Args:
        top1 (dict): Method, then seed, to top-1 accuracy in percent.

    Returns:
        dict: For each method ``mean`` and ``std`` (sample standard deviation, None for
        one seed); for the ``difference`` also ``interval``, half the width of the 95%
        confidence interval (Student's t).
    """
    summary = {}
    for name, values in top1.items():
        mean, std = mean_and_std(list(values.values()))
        summary[name] = dict(per_seed=values, mean=mean, std=std)
    difference = {s: top1['stcr'][s] - top1['scratch'][s] for s in top1['stcr']}
    values = list(difference.values())
    paired = paired_difference(values, [0.0] * len(values))
    summary['difference'] = dict(
        per_seed=difference,
        mean=paired.mean,
        std=mean_and_std(values)[1],
        interval=paired.half_width,
    )
    return summary


def conclude(difference: dict) -> str:
    """Say in words whether pretraining helped."""
    text = f'STCR minus from scratch: {difference["mean"]:+.1f} points'
    if difference['interval'] is None:
        return f'{text}; one seed says nothing about its certainty.'
    text += f', 95% interval ±{difference["interval"]:.1f}'
    if abs(difference['mean']) <= difference['interval']:
        return f'{text}: no difference that these seeds could tell.'
    helps = 'helps' if difference['mean'] > 0 else 'does not help, it harms'
    return f'{text}: pretraining {helps} at this scale.'


def tell_collapse(monitored: Mapping[int, dict[str, dict]]) -> str:
    """Say in words whether the features collapsed while pretraining."""
    left = {
        name: min(
            figures[name]['last'] / figures[name]['first']
            for figures in monitored.values()
        )
        for name in ('spread_clean', 'spread_noise', 'rank_clean', 'rank_noise')
        if all(name in figures for figures in monitored.values())
    }
    if not left:
        return 'Pretraining was too short to look for a collapse of the features.'
    lost = [f'{name} to {100 * part:.0f}%' for name, part in left.items() if part < 0.25]
    if not lost:
        return 'No collapse of the features was seen while pretraining.'
    what = ', '.join(lost)
    return f'The features collapsed while pretraining: {what} of the start, at worst.'


def print_table(task: Task, summary: dict, console: Console) -> None:
    """Print methods, seeds and accuracies."""
    table = Table(title=f'{task.title}\nsmall scale: {task.scale}', min_width=60)
    table.add_column('method')
    for name in ('seeds', 'top-1 mean', '± std'):
        table.add_column(name, justify='right')
    for method, name in METHODS.items():
        row = summary[method]
        std = '-' if row['std'] is None else f'{row["std"]:.1f}'
        table.add_row(name, str(len(row['per_seed'])), f'{row["mean"]:.1f}', std)
    table.add_row('chance', '-', f'{100 / task.num_classes:.1f}', '-')
    console.print(table)


def draw_figure(
    task: Task, summary: dict, scalars: Mapping[int, list[dict]], path: Path
) -> None:
    """Draw the accuracies beside what happened while pretraining."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 4), layout='constrained')
    figure.suptitle(task.title)
    _draw_accuracies(left, summary, 100 / task.num_classes)
    _draw_pretraining(right, scalars)
    figure.legend(*right.get_legend_handles_labels(), loc='outside lower right', ncols=3)
    figure.savefig(path, dpi=150)
    plt.close(figure)


def _draw_accuracies(axes: plt.Axes, summary: dict, chance: float) -> None:
    for place, method in enumerate(METHODS):
        row, colour = summary[method], COLOURS[method]
        axes.bar(place, row['mean'], 0.6, yerr=row['std'], capsize=6, color=colour,
                 alpha=0.6)  # fmt: skip
        values = list(row['per_seed'].values())
        spots = place + 0.15 * np.linspace(-1, 1, len(values)) * (len(values) > 1)
        axes.plot(spots, values, 'o', color=colour, markeredgecolor='black')
    axes.axhline(chance, color='black', linestyle='--', label='chance')
    axes.set(title='Test, 10 clips (bar: mean ± std, dot: one seed)', ylim=(0, 100))
    axes.set_xticks(range(len(METHODS)), METHODS.values())
    axes.set_ylabel('top-1 accuracy (%)')
    axes.legend()


def _draw_pretraining(axes: plt.Axes, scalars: Mapping[int, list[dict]]) -> None:
    curves = {'loss': ('#D55E00', '-'), 'rank_clean': ('#009E73', '--'),
              'spread_clean': ('#0072B2', ':')}  # fmt: skip
    for number, lines in enumerate(scalars.values()):
        for name, (colour, style) in curves.items():
            points = [(line['step'], line[name]) for line in lines if name in line]
            if points:
                steps, values = np.array(points).T
                label = name.replace('_clean', ' of the features')
                label = label if number == 0 else None
                axes.plot(steps, values / values[0], style, color=colour, label=label)
    axes.set(title='STCR pretraining, one line a seed', yscale='log')
    axes.set(xlabel='iteration', ylabel='value / first value')
