"""Pictures and films, as files, in one style; none is shown on a screen."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import av
import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

WIDTH = 9.0  # inches, about that of a README
DOTS = 150
"""An inch, of what is read on a page: sharp on a fine screen too."""
COLORS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#000000')
"""Told apart by everyone (Okabe and Ito)."""
LEARNED, PLAIN, CHANCE = COLORS[0], '#999999', COLORS[5]
"""A pretrained network, one that is not, and the line of a guess."""
CLEAN, NOISE = COLORS[0], COLORS[5]
"""The two paths."""
STYLE = {
    'axes.spines.top': False,
    'axes.spines.right': False,
    'axes.titlesize': 10,
    'axes.edgecolor': '#666666',
}


def grid(
    rows: int, columns: int, height: float, width: float = WIDTH, **options: object
) -> tuple[Figure, np.ndarray]:
    """Make an empty picture.

    Args:
        rows (int): Of panels.
        columns (int): Of panels.
        height (float): In inches.
        width (float): In inches. Defaults to :data:`WIDTH`.
        **options: Of ``Figure.subplots``, such as ``sharex``.

    Returns:
        tuple[Figure, np.ndarray]: The picture, and its panels, (rows, columns).
    """
    # Not of pyplot: that keeps every figure, and a notebook would show it.
    figure = Figure(figsize=(width, height), layout='constrained')
    with mpl.rc_context(STYLE):
        return figure, figure.subplots(rows, columns, squeeze=False, **options)


def write(figure: Figure, out: Path) -> None:
    """Write a PNG file that is the same whenever the picture is; its folder is made."""
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=DOTS, metadata=dict(Software=None))


def save(figure: Figure, numbers: dict, out: Path) -> None:
    """Write the picture and, beside it, the numbers, arrays and tensors as lists."""
    write(figure, out)
    beside = out.with_suffix('.json')
    text = json.dumps(numbers, indent=1, default=lambda value: value.tolist())
    beside.write_text(f'{text}\n')
    print(f'{out}\n{beside}', file=sys.stderr)


def as_picture(frame: Tensor) -> np.ndarray:
    """(C, H, W), grey levels -> (H, W, 3), uint8; the first channel of optical flow."""
    frame = frame if len(frame) == 3 else frame[:1].expand(3, -1, -1)
    return frame.clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy()


def enlarge(film: np.ndarray, times: int) -> np.ndarray:
    """Make pixels (T, H, W, 3) larger, and the sides even, as codecs want them."""
    film = film.repeat(max(1, times), axis=1).repeat(max(1, times), axis=2)
    return film[:, : film.shape[1] // 2 * 2, : film.shape[2] // 2 * 2]


def save_film(film: np.ndarray, out: Path, fps: int = 8) -> None:
    """Write (T, H, W, 3), uint8, with even sides, as MPEG-4 Part 2."""
    out.parent.mkdir(parents=True, exist_ok=True)
    height, width = film.shape[1:3]
    with av.open(str(out), 'w') as file:
        stream = file.add_stream('mpeg4', fps, width=width, height=height)
        for frame in film:
            file.mux(stream.encode(av.VideoFrame.from_ndarray(frame)))
        file.mux(stream.encode())
