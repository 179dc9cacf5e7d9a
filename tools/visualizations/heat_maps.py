"""See where in a video the features are active (paper, figure 5).

    python tools/visualizations/heat_maps.py CONFIG CHECKPOINT CONFIG none \
        --names STCR untrained --out heat.png [--video heat.mp4]

A row for each of some videos: a frame, the pixels that move, and for each network its
heat over the frame: maximum over time of each channel, mean over channels. Early layers
(``--layer``) tell places better, late ones have few. The number, for the whole set of
videos, is the share of the heat that is on moving pixels; heat that is spread evenly has
the share of the pixels that move.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from command_line import add_arguments, load_networks, run
from matplotlib import colormaps
from matplotlib.figure import Figure
from torch import Tensor

from stcr_mmaction.apis import Network, read_clips
from stcr_mmaction.apis.pictures import (
    WIDTH,
    as_picture,
    enlarge,
    grid,
    save,
    save_film,
)
from stcr_mmaction.functional import heat_maps, heat_on_motion, moving_pixels
from stcr_mmaction.models.recognizers.tap import Tap

ENLARGED = 128  # pixels, in a video


def main() -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add_arguments(parser)
    parser.add_argument('--rows', type=int, default=4, help='videos shown; default: 4')
    parser.add_argument('--layer', help='of the backbones; default: the one of training')
    parser.add_argument('--video', type=Path, metavar='FILE.mp4', help='written too')
    parser.add_argument(
        '--threshold',
        type=float,
        default=8.0,
        help='gray levels by which a moving pixel changes; default: 8',
    )
    args = parser.parse_args()
    networks = load_networks(args)
    if args.video and args.video.suffix != '.mp4':
        raise SystemExit(f'--video must end in .mp4, got {args.video}')
    for network in networks if args.layer else ():
        network.model.tap = Tap(network.model.backbone, args.layer)
    frames, moving = watch(networks[0], args)
    heats = {network.name: measure(network, args) for network in networks}
    numbers = dict(
        videos=len(frames),
        moving_pixels=moving.double().mean().item(),
        heat_on_motion={
            name: heat_on_motion(heat, moving).nanmean().item()
            for name, heat in heats.items()
        },
    )
    save(draw(frames, moving, heats, numbers, args.rows), numbers, args.out)
    if args.video:
        save_film(film(frames, heats, args.rows), args.video)


def watch(network: Network, args: argparse.Namespace) -> tuple[Tensor, Tensor]:
    """Return the clips (N, C, T, H, W) and the pixels (N, H, W) that move in them."""
    clips = [part.frames[:, 0] for part in _read(network, args, 'videos')]
    frames = torch.cat(clips)
    return frames, moving_pixels(frames, args.threshold)


def measure(network: Network, args: argparse.Namespace) -> Tensor:
    """Return the heat (N, H, W) of the first view of each video."""
    heats = []
    for clips in _read(network, args, network.name):
        inputs = network.preprocess(clips.batch)[0][:, 0]
        heats.append(heat_maps(network.maps(inputs), inputs.shape[-2:]).cpu())
    return torch.cat(heats)


def _read(network: Network, args: argparse.Namespace, title: str):  # noqa: ANN202
    return read_clips(network.config, args.part, args.limit, seed=args.seed, title=title)


def draw(
    frames: Tensor, moving: Tensor, heats: dict[str, Tensor], numbers: dict, rows: int
) -> Figure:
    """Draw the grid."""
    rows = min(rows, len(frames))
    columns = 2 + len(heats)
    width = min(WIDTH, 1.9 * columns)
    figure, panels = grid(rows, columns, width / columns * rows + 0.6, width)
    # Where little moves there is something to tell.
    chosen = moving.double().mean(dim=(1, 2)).argsort()[len(frames) // 6 :][:rows]
    shares = numbers['heat_on_motion']
    titles = [
        'middle frame',
        f'what moves\n{numbers["moving_pixels"]:.0%} of all pixels',
        *(f'{name}\n{shares[name]:.0%} of the heat on it' for name in heats),
    ]
    for row, video in zip(panels, chosen, strict=True):
        frame = as_picture(frames[video, :, frames.shape[2] // 2])
        row[0].imshow(frame)
        row[1].imshow(moving[video], cmap='gray')
        for panel, heat in zip(row[2:], heats.values(), strict=True):
            panel.imshow(frame.mean(axis=2), cmap='gray')
            panel.imshow(heat[video], cmap='inferno', alpha=0.6, vmin=0, vmax=1)
    for panel, title in zip(panels[0], titles, strict=True):
        panel.set_title(title, fontsize=10)
    for panel in panels.flat:
        panel.axis('off')
    return figure


def film(frames: Tensor, heats: dict[str, Tensor], rows: int) -> np.ndarray:
    """Return pictures (T, H, W, 3), uint8: the clip, and beside it the heat over it."""
    chosen = np.linspace(0, len(frames) - 1, min(rows, len(frames))).astype(int)
    strips = []
    for video in chosen:
        clip = np.stack([as_picture(f) for f in frames[video].unbind(1)])
        shown = [clip]
        for heat in heats.values():
            color = colormaps['inferno'](heat[video].numpy())[..., :3] * 255
            shown.append((0.5 * clip + 0.5 * color).astype(np.uint8))
        strips.append(np.concatenate(shown, axis=2))
    picture = np.concatenate(strips, axis=1)
    return enlarge(picture, ENLARGED // frames.shape[-1])


if __name__ == '__main__':
    run(main)
