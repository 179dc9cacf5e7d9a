"""Draw how the method works: two paths of one clip, one network, one goal.

    python tools/visualizations/method.py --out method.png

Frames are made by the operations of the package. What stands for the network is simple:
it follows colors that change, and does not care which way is up.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from scene import render_ball
from torch import Tensor

from stcr_mmaction.apis.pictures import CLEAN, NOISE, as_picture, write
from stcr_mmaction.functional import (
    intra_video_mixup,
    spatial_pooling,
    transform_clips,
    unflip_time,
)

SIZE = 830, 352
"""Width and height of the picture, in points of a page of GitHub."""
CODE = 8 + 1
"""Backward, and a quarter turn."""
WEIGHT, STILL = 0.35, 8
"""λ, and the frame that is mixed in."""
SHOWN = 1, 5, 10, 14
"""Frames."""
SIDE, GAP = 84, 6
TOP, BOTTOM = 44, 218
"""Of both rows of frames, from above."""
PSI = 512, 606
"""Left ends of the features, before and after T is undone."""
CHANNELS, TIMES = 6, 4
CELL = 13
INK, GRAY = '#24292f', '#6e7781'


def main() -> None:
    """Run the command line tool."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--out', type=Path, required=True, metavar='FILE.png')
    write(draw(), parser.parse_args().out)


def make_paths() -> tuple[Tensor, Tensor]:
    """Return the clean and the noise clip, (C, T, H, W) each, gray levels."""
    clip = torch.from_numpy(render_ball()).permute(3, 0, 1, 2)[None].float()
    still, weight = torch.tensor([STILL]), torch.tensor([WEIGHT])
    noise = intra_video_mixup(transform_clips(clip, [CODE]), still, weight)
    return clip[0], noise[0]


def features(clip: Tensor) -> Tensor:
    """Return ψ of a clip, (channels, times): colors that change, and where most."""
    changes = (clip - clip.mean(dim=1, keepdim=True)) / 255
    places = F.avg_pool3d(changes, (clip.shape[1] // TIMES, 14, 14))
    mix = torch.randn(CHANNELS, 3, generator=torch.Generator().manual_seed(6))
    maps = torch.einsum('oc,cthw->othw', mix, places)
    return spatial_pooling(maps[None])[0]


def draw() -> Figure:
    """Draw the picture."""
    figure = Figure(figsize=(SIZE[0] / 100, SIZE[1] / 100), facecolor='white')
    page = figure.add_axes((0, 0, 1, 1))
    page.set(xlim=(0, SIZE[0]), ylim=(SIZE[1], 0))
    page.axis('off')
    clean, noise = make_paths()
    draw_frames(page, clean, TOP, CLEAN)
    draw_frames(page, noise, BOTTOM, NOISE)
    draw_words(page)
    draw_network(page)
    draw_features(page, features(clean), features(noise))
    draw_losses(page)
    return figure


def draw_frames(page: Axes, clip: Tensor, top: float, color: str) -> None:
    """Draw some frames in a row."""
    for place, frame in enumerate(SHOWN):
        left = 20 + place * (SIDE + GAP)
        show(page, as_picture(clip[:, frame]), left, top, SIDE, SIDE)
        box(page, left, top, SIDE, SIDE, color)


def draw_words(page: Axes) -> None:
    """Write what the paths are, and what is between them."""
    text(page, 20, TOP - 16, 'clean path', CLEAN, weight='bold')
    text(page, 108, TOP - 16, 'a clip, as it is', GRAY)
    text(page, 20, BOTTOM + SIDE + 18, 'noise path', NOISE, weight='bold')
    text(page, 108, BOTTOM + SIDE + 18, 'the same clip, changed', GRAY)
    arrow(page, (36, TOP + SIDE + 6), (36, BOTTOM - 6), NOISE)
    middle = (TOP + SIDE + BOTTOM) / 2
    text(page, 50, middle - 12, r'$T$: turned, and played backward')
    text(page, 50, middle + 12, 'mixup: a still frame shines through, by λ')


def draw_network(page: Axes) -> None:
    """Draw one network that both paths go through."""
    left, top, high = 404, TOP, BOTTOM + SIDE - TOP
    box(page, left, top, 84, high, GRAY, face='#f0f3f6')
    middle = top + high / 2
    text(page, left + 42, middle - 19, 'network', ha='center', weight='bold')
    text(page, left + 42, middle + 12, 'same\nweights', GRAY, ha='center', size=8.5)
    for row, color in ((TOP, CLEAN), (BOTTOM, NOISE)):
        level = row + SIDE / 2
        end = PSI[0] if color == NOISE else PSI[1]
        arrow(page, (378, level), (401, level), color)
        arrow(page, (489, level), (end - 3, level), color)


def draw_features(page: Axes, clean: Tensor, noise: Tensor) -> None:
    """Draw ψ of both paths; that of the noise path with T undone too."""
    undone = unflip_time(noise[None], [CODE])[0]
    both = torch.stack([clean, undone])
    low, high = both.amin((0, 2))[:, None], both.amax((0, 2))[:, None]
    shown = (clean, PSI[1], TOP), (noise, PSI[0], BOTTOM), (undone, PSI[1], BOTTOM)
    for values, left, row in shown:
        values = ((values - low) / (high - low)).numpy()
        top = row + (SIDE - CELL * CHANNELS) / 2
        show(page, values, left, top, CELL * TIMES, CELL * CHANNELS, cmap='cividis')
        color = CLEAN if row == TOP else NOISE
        box(page, left, top, CELL * TIMES, CELL * CHANNELS, color)
    middle, level = CELL * TIMES / 2, BOTTOM + SIDE / 2
    arrow(page, (PSI[0] + 2 * middle + 3, level), (PSI[1] - 3, level), NOISE)
    text(page, sum(PSI) / 2 + middle, level - 14, r'$T^{-1}$', ha='center')
    text(page, PSI[1] + middle, TOP - 16, 'features ψ', ha='center')
    for left, words in zip(PSI, ('← time', 'time →'), strict=True):
        text(page, left + middle, BOTTOM + SIDE + 18, words, GRAY, ha='center', size=8.5)


def draw_losses(page: Axes) -> None:
    """Draw what is to be made equal."""
    center = PSI[1] + CELL * TIMES / 2
    arrow(page, (center, TOP + SIDE + 4), (center, BOTTOM - 4), INK, style='<|-|>')
    left, middle = center + 16, (TOP + SIDE + BOTTOM) / 2
    text(page, left, middle - 25, 'make them equal', weight='bold')
    text(page, left, middle, r'$L_{tw}$  at each time step')
    text(page, left, middle + 25, r'$L_{cw}$  over the channels')


def show(
    page: Axes, picture: np.ndarray, x: float, y: float, wide: float, high: float,
    cmap: str | None = None,
) -> None:  # fmt: skip
    """Put a picture at a place, its top left corner."""
    extent = (x, x + wide, y + high, y)
    page.imshow(picture, extent=extent, cmap=cmap, aspect='auto', zorder=1)


def box(
    page: Axes, x: float, y: float, wide: float, high: float, color: str,
    face: str = 'none',
) -> None:  # fmt: skip
    """Draw a frame."""
    style = 'round,pad=0,rounding_size=3'
    page.add_patch(
        FancyBboxPatch((x, y), wide, high, style, ec=color, fc=face, lw=1.6, zorder=2)
    )


def arrow(page: Axes, start: tuple, end: tuple, color: str, style: str = '-|>') -> None:
    """Draw an arrow."""
    page.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle=style, color=color, mutation_scale=11, lw=1.8,
            shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip


def text(
    page: Axes, x: float, y: float, words: str, color: str = INK, **style: object
) -> None:
    """Write words at a place, their left end unless told."""
    page.text(x, y, words, **dict(dict(color=color, size=10, va='center'), **style))


if __name__ == '__main__':
    main()
