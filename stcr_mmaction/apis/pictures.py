"""Pictures and films of clips, as files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import av
import matplotlib as mpl
import numpy as np
from torch import Tensor

mpl.use('Agg')
from matplotlib import pyplot as plt  # noqa: E402

WIDTH = 9.0  # inches, at 100 dots each that of a README
COLOURS = ('#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#000000')
"""Told apart by everyone (Okabe and Ito)."""


def grid(rows: int, columns: int, height: float) -> tuple[plt.Figure, np.ndarray]:
    """Return a picture of that many inches in height, and its panels (rows, columns)."""
    size = WIDTH, height
    return plt.subplots(rows, columns, figsize=size, layout='constrained', squeeze=False)


def save(figure: plt.Figure, numbers: dict, out: Path) -> None:
    """Write the picture and, beside it, the numbers, arrays and tensors as lists."""
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=100)
    plt.close(figure)
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
