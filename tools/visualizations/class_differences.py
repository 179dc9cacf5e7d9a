"""See which classes one network recognizes better than another (paper, figure 6).

    python tools/visualizations/class_differences.py CONFIG CHECKPOINT \
        CONFIG OTHER_CHECKPOINT --names STCR scratch --out classes.png

Bars: top-1 of the first network minus that of the second, class by class, in points.
Below: the confusion matrices. A class counts as motion-related if the first network loses
more than the average class when the frames of its clips are shuffled, which leaves their
appearance and takes their motion; as appearance-related otherwise.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from command_line import add_arguments, load_networks, run
from sklearn.metrics import confusion_matrix
from torch import Tensor

from stcr_mmaction.apis import Network, read_class_names, read_clips
from stcr_mmaction.apis.pictures import COLOURS, WIDTH, plt, save

KINDS = {True: 'motion-related', False: 'appearance-related'}


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


def draw(numbers: dict, names: list[str]) -> plt.Figure:
    """Draw the bars, and under them the two confusion matrices."""
    figure = plt.figure(figsize=(WIDTH, 9.5), layout='constrained')
    above, below = figure.subfigures(2, 1, height_ratios=(1, 1.1))
    bars = above.subplots()
    rows = numbers['classes']
    for kind, colour in zip((True, False), COLOURS, strict=False):
        chosen = [i for i, row in enumerate(rows) if row['motion_related'] is kind]
        heights = [rows[i]['difference'] for i in chosen]
        mean = f', mean {np.mean(heights):+.1f}' if heights else ''
        bars.bar(chosen, heights, color=colour, label=f'{KINDS[kind]}{mean}')
    first, second = numbers['networks']
    bars.axhline(0, color='black', linewidth=0.8)
    bars.set_xticks(range(len(rows)), [row['name'] for row in rows], rotation=90)
    bars.set_ylabel(f'top-1 of {first}\nminus {second}, points')
    bars.legend()
    for panel, network, top1, confusion in zip(
        below.subplots(1, 2), numbers['networks'], numbers['top1'], numbers['confusion'],
        strict=True,
    ):  # fmt: skip
        shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
        picture = panel.imshow(shares, cmap='viridis', vmin=0, vmax=1)
        panel.set_title(f'{network}: top-1 {top1:.1f}%')
        panel.set_xlabel('predicted')
        panel.set_ylabel('true class')
        if len(names) <= 20:
            panel.set_xticks(range(len(names)), names, rotation=90, fontsize=7)
            panel.set_yticks(range(len(names)), names, fontsize=7)
    below.colorbar(picture, ax=below.axes, label='share of the class', shrink=0.8)
    return figure


if __name__ == '__main__':
    run(main)
