"""See which classes one network recognizes better than another (paper, figure 6).

    python tools/visualizations/class_differences.py CONFIG CHECKPOINT \
        CONFIG OTHER_CHECKPOINT --names STCR scratch --out classes.png

A row a class, a dot a network: top-1. The confusion matrices are in ``classes.json``. A
class counts as motion-related if the first network loses more than the average class when
its frames are shuffled, which leaves appearance and takes motion.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from command_line import add_arguments, load_networks, run
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from sklearn.metrics import confusion_matrix
from torch import Tensor

from stcr_mmaction.apis import Network, read_class_names, read_clips
from stcr_mmaction.apis.pictures import CHANCE, COLORS, grid, save

KINDS = {True: 'motion-related', False: 'other'}


def main() -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    args = parser.parse_args()
    networks = load_networks(args)
    if len(networks) != 2:
        raise SystemExit(f'two networks are compared, got {len(networks)}')
    results = [recognize(network, args) for network in networks]
    classes = results[0]['confusion'].shape[0]
    names = read_class_names(networks[0].config, classes)
    numbers = compare(networks, results, names)
    save(draw(numbers, names), numbers, args.out)


def recognize(network: Network, args: argparse.Namespace) -> dict[str, np.ndarray]:
    """Return the confusion matrix, of the clips as they are and of shuffled ones."""
    generator = torch.Generator().manual_seed(args.seed)
    labels, found = [], dict(confusion=[], shuffled=[])
    videos = read_clips(
        network.config, args.part, args.limit, seed=args.seed, title=network.name
    )
    for clips in videos:
        inputs, _ = network.preprocess(clips.batch)
        for name, shown in dict(
            confusion=inputs, shuffled=shuffle(inputs, generator)
        ).items():
            views = network.scores(shown.flatten(0, 1)).softmax(dim=1)
            views = views.unflatten(0, inputs.shape[:2]).mean(dim=1)
            found[name].append(views.cpu())
        labels += clips.labels
    scores = {name: torch.cat(parts) for name, parts in found.items()}
    classes = range(scores['confusion'].shape[1])
    return {
        name: confusion_matrix(labels, part.argmax(dim=1), labels=classes)
        for name, part in scores.items()
    }


def shuffle(inputs: Tensor, generator: torch.Generator) -> Tensor:
    """Shuffle the frames of each clip of (N, V, C, T, H, W)."""
    count, views, _, frames = inputs.shape[:4]
    order = torch.rand(count, views, frames, generator=generator).argsort(dim=-1)
    order = order.to(inputs.device)[:, :, None, :, None, None].expand_as(inputs)
    return inputs.gather(3, order)


def accuracy(confusion: np.ndarray) -> np.ndarray:
    """Top-1 of each class in percent; NaN for one without videos."""
    with np.errstate(invalid='ignore'):
        return 100 * confusion.diagonal() / confusion.sum(axis=1)


def compare(
    networks: list[Network], results: list[dict[str, np.ndarray]], names: list[str]
) -> dict:
    """Gather what is drawn."""
    first, second = (accuracy(result['confusion']) for result in results)
    loss = first - accuracy(results[0]['shuffled'])
    rows = [
        dict(
            name=name,
            top1=first[label],
            difference=first[label] - second[label],
            lost_by_shuffling=loss[label],
            motion_related=bool(loss[label] > np.nanmean(loss)),
        )
        for label, name in enumerate(names)
        if not np.isnan(first[label])
    ]
    return dict(
        networks=[network.name for network in networks],
        top1=[_overall(result['confusion']) for result in results],
        top1_shuffled=[_overall(result['shuffled']) for result in results],
        classes=sorted(rows, key=lambda row: -row['difference']),
        confusion=[result['confusion'] for result in results],
    )


def _overall(confusion: np.ndarray) -> float:
    return 100 * confusion.diagonal().sum() / confusion.sum()


def draw(numbers: dict, names: list[str]) -> Figure:
    """Draw top-1 of each class by both networks, those that gain most above."""
    rows = numbers['classes']
    figure, ((panel,),) = grid(1, 1, 1.2 + 0.28 * len(rows))
    (first, second), (top1, other) = numbers['networks'], numbers['top1']
    for place, row in enumerate(rows):
        motion = row['motion_related']
        color = COLORS[not motion]
        ends = row['top1'], row['top1'] - row['difference']
        panel.plot(ends, (place, place), color=color, linewidth=3, alpha=0.5, zorder=1)
        panel.scatter(ends[1], place, s=40, color='white', edgecolor=color, zorder=2)
        panel.scatter(ends[0], place, s=50, color=color, zorder=3)
    panel.axvline(100 / len(names), color=CHANCE, linestyle='--', linewidth=1, zorder=0)
    panel.set_yticks(range(len(rows)), [row['name'] for row in rows])
    panel.set(xlim=(-2, 102), ylim=(len(rows) - 0.4, -0.6), xlabel='top-1, % right')
    panel.set_title(f'{first}: {top1:.1f}%, {second}: {other:.1f}%')
    panel.legend(
        handles=_legend(first, second), loc='lower right', fontsize=9, frameon=False
    )
    return figure


def _legend(first: str, second: str) -> list[Line2D]:
    dot = dict(color='#666666', marker='o', linestyle='none')
    return [
        Line2D([], [], label=first, **dot),
        Line2D([], [], label=second, markerfacecolor='white', **dot),
        *(
            Line2D([], [], label=KINDS[kind], color=color, linewidth=3, alpha=0.5)
            for kind, color in zip((True, False), COLORS, strict=False)
        ),
        Line2D([], [], label='a guess', color=CHANCE, linestyle='--', linewidth=1),
    ]


if __name__ == '__main__':
    run(main)
