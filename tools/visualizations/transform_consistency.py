"""See how far features follow the 16 transformations of a clip (paper, figure 4).

    python tools/visualizations/transform_consistency.py CONFIG CHECKPOINT \
        CONFIG none --names STCR untrained --out consistency.png

For one video, a panel a network: a column for each transformation, a row for each time
step of the maps. Each column is the features of the transformed clip with the
transformation undone: spatial maximum, mean over channels. If the features follow the
transformations exactly, all columns are the same. Columns c and c + 8 differ by the flip
in time. The score, for the whole set of videos, is 1 then; see
``stcr_mmaction.functional.transformation_consistency``.
"""

from __future__ import annotations

import argparse

import torch
from command_line import add_arguments, load_networks, run
from matplotlib.figure import Figure
from torch import Tensor

from stcr_mmaction.apis import Network, read_clips
from stcr_mmaction.apis.pictures import grid, save
from stcr_mmaction.functional import (
    NUM_CODES,
    invert_clips,
    spatial_pooling,
    transform_clips,
    transformation_consistency,
)


def main() -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    args = parser.parse_args()
    networks = load_networks(args)
    numbers, matrices = {}, {}
    for network in networks:
        scores, matrices[network.name] = measure(network, args)
        numbers[network.name] = dict(
            score=scores.nanmean().item(),
            constant_maps=int(scores.isnan().sum()),
            videos=len(scores),
            matrix=matrices[network.name],
        )
    save(draw(matrices, numbers), numbers, args.out)


def measure(network: Network, args: argparse.Namespace) -> tuple[Tensor, Tensor]:
    """Return the score of each video, and the matrix (T', 16) of the first one."""
    scores, matrix = [], None
    videos = read_clips(
        network.config, args.part, args.limit, seed=args.seed, title=network.name
    )
    for clips in videos:
        inputs, _ = network.preprocess(clips.batch)
        for clip in inputs[:, 0]:  # the first view of each video
            maps = undone_maps(network, clip)
            scores.append(transformation_consistency(maps[None]))
            if matrix is None:
                matrix = spatial_pooling(maps, 'max').mean(dim=1).T.cpu()
    return torch.cat(scores), matrix


def undone_maps(network: Network, clip: Tensor) -> Tensor:
    """Return the maps (16, C', T', H', W') of a transformed clip (C, T, H, W), undone."""
    if clip.shape[-1] != clip.shape[-2]:
        raise SystemExit(
            f'{network.name}: clips of {tuple(clip.shape[-2:])} pixels make no quarter '
            'turns; set the crop of the pipeline to a square'
        )
    codes = range(NUM_CODES)
    transformed = transform_clips(clip.expand(NUM_CODES, *clip.shape), codes)
    return invert_clips(network.maps(transformed), codes)


def draw(matrices: dict[str, Tensor], numbers: dict) -> Figure:
    """Draw a panel a network, all with one color scale."""
    height = 1.0 + sum(0.9 + 0.22 * len(matrix) for matrix in matrices.values())
    figure, panels = grid(len(matrices), 1, height)
    for panel, (name, matrix) in zip(panels.flat, matrices.items(), strict=True):
        shown = (matrix - matrix.mean()) / matrix.std()
        picture = panel.imshow(shown, aspect='auto', cmap='cividis', vmin=-2, vmax=2)
        panel.axvline(7.5, color='white', linewidth=2)
        panel.set_title(f'{name}: consistency {numbers[name]["score"]:.3f}')
        panel.set_xticks(range(NUM_CODES))
        panel.set_yticks(range(len(matrix)))
        panel.set_ylabel("time step T'")
    label = 'standard deviations\nfrom the mean'
    figure.colorbar(picture, ax=panels, label=label, ticks=[-2, 0, 2])
    figure.supxlabel(
        'transformation code: 0 to 7 forward, 8 to 15 flipped in time\n'
        'consistency: 1 if all columns are the same, 1/16 by chance'
    )
    return figure


if __name__ == '__main__':
    run(main)
