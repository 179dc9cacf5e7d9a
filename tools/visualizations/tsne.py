"""See how features of classes lie in the plane (paper, figure 7).

    python tools/visualizations/tsne.py CONFIG CHECKPOINT CONFIG none \
        --names STCR untrained --out tsne.png --num-classes 7

A panel a network, a point a video: t-SNE of the maps' mean over time, space and views.
The number beside it is the silhouette of the features themselves, cosine distance: -1 to
1, above 0 if videos lie closer to their own class than to the next one. t-SNE keeps
neighbours, not distances: sizes of clusters and gaps between them mean nothing.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
from command_line import add_arguments, load_networks, run
from matplotlib.figure import Figure
from mmengine.config import Config
from sklearn.manifold import TSNE
from sklearn.metrics import silhouette_score

from stcr_mmaction.apis import Network, read_class_names, read_clips, read_labels
from stcr_mmaction.apis.pictures import COLORS, WIDTH, grid, save

MARKERS = 'os^Dv*P'


def main() -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument('--classes', type=int, nargs='+', help='labels; default: drawn')
    parser.add_argument(
        '--num-classes', type=int, default=7, help='how many are drawn; default: 7'
    )
    args = parser.parse_args()
    networks = load_networks(args)
    classes = args.classes or draw_classes(networks[0].config, args)
    numbers, points = {}, {}
    for network in networks:
        features, labels = read_features(network, classes, args)
        points[network.name] = embed(features, args.seed)
        numbers[network.name] = dict(
            silhouette=silhouette_score(features, labels, metric='cosine'),
            points=points[network.name],
        )
    numbers = dict(labels=labels, networks=numbers)
    names = read_class_names(networks[0].config, max(classes) + 1)
    save(draw(points, labels, numbers, names), numbers, args.out)


def draw_classes(config: Config, args: argparse.Namespace) -> list[int]:
    """Draw as many labels as wanted, of those that the part has."""
    labels = set(read_labels(config, args.part))
    count = min(args.num_classes, len(labels))
    drawn = np.random.default_rng(args.seed).choice(sorted(labels), count, replace=False)
    return sorted(map(int, drawn))


def read_features(
    network: Network, classes: list[int], args: argparse.Namespace
) -> tuple[np.ndarray, np.ndarray]:
    """Return the features (N, C') and the labels (N,) of the videos of the classes."""
    features, labels = [], []
    videos = read_clips(
        network.config, args.part, args.limit, classes, args.seed, network.name
    )
    for clips in videos:
        inputs, _ = network.preprocess(clips.batch)
        views = network.features(inputs.flatten(0, 1))
        features.append(views.unflatten(0, inputs.shape[:2]).mean(dim=1).cpu())
        labels += clips.labels
    if len(set(labels)) < 2 or len(labels) < 3:
        raise SystemExit(f'{len(labels)} videos of the labels {classes} are too few')
    return torch.cat(features).double().numpy(), np.array(labels)


def embed(features: np.ndarray, seed: int) -> np.ndarray:
    """Return (N, 2), by t-SNE of cosine distances."""
    perplexity = min(30, (len(features) - 1) / 3)
    tsne = TSNE(perplexity=perplexity, metric='cosine', init='random', random_state=seed)
    return tsne.fit_transform(features)


def draw(
    points: dict[str, np.ndarray], labels: np.ndarray, numbers: dict, names: list[str]
) -> Figure:
    """Draw a panel a network; color and marker tell the class."""
    size = min(WIDTH / len(points), 4.5)
    figure, panels = grid(1, len(points), size + 1, size * len(points))
    for panel, (network, places) in zip(panels.flat, points.items(), strict=True):
        for number, label in enumerate(np.unique(labels)):
            panel.scatter(
                *places[labels == label].T,
                s=22,
                color=COLORS[number % len(COLORS)],
                marker=MARKERS[(number // len(COLORS) + number) % len(MARKERS)],
                label=names[label],
                alpha=0.8,
            )
        silhouette = numbers['networks'][network]['silhouette']
        panel.set_title(f'{network}: silhouette {silhouette:.3f}')
        panel.set_xticks([])
        panel.set_yticks([])
    handles, texts = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, texts, loc='outside lower center', ncols=4)
    return figure


if __name__ == '__main__':
    run(main)
