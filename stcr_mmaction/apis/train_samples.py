"""What a network is fed in training, as pictures: both paths of some samples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor

from ..functional import parse_code
from .pictures import as_picture, grid

COLUMNS = 6
PANEL = 1.3
"""Inches; at 100 dots each, a frame is shown at 112 pixels or more."""
MARGIN = 2.5
"""Inches, for the label of a row."""


class NamedClip(NamedTuple):
    """A clip as it is shown.

    Attributes:
        name (str): Of its path, and what was drawn for it.
        pixels (Tensor): (C, T, H, W), gray levels, 0 to 255.
    """

    name: str
    pixels: Tensor


def take_samples(
    config: Config, number: int, seed: int = 0
) -> tuple[list[Tensor], list[ActionDataSample]]:
    """Make a first batch as a training does, data made on the device included.

    Args:
        config (Config): With a model and a train dataloader.
        number (int): Videos.
        seed (int): Of all draws. Defaults to 0.

    Returns:
        tuple[list[Tensor], list[ActionDataSample]]: Of each video the clips,
        (V, C, T, H, W), gray levels, and its data sample.

    Raises:
        ValueError: If ``number`` is below 1, or the config has no clips to train on.
    """
    if number < 1:
        raise ValueError(f'samples must be 1 or more, got {number}')
    if not (config.get('train_dataloader') and config.get('model')):
        raise ValueError(f'{config.filename} has no model, or no train_dataloader')
    init_default_scope('mmaction')
    np.random.seed(seed)
    torch.manual_seed(seed)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    # A path may blend two videos.
    chosen = np.random.permutation(len(dataset))[: max(number, 2)]
    inputs, samples = _feed(config, [dataset[int(index)] for index in chosen])
    return list(inputs[:number]), samples[:number]


def _feed(config: Config, items: list[dict]) -> tuple[Tensor, list[ActionDataSample]]:
    """Do what the data preprocessor does in training, and undo its normalization."""
    preprocessor = MODELS.build(config.model).data_preprocessor
    batch = {key: [item[key] for item in items] for key in ('inputs', 'data_samples')}
    fed = preprocessor(batch, training=True)
    inputs = fed['inputs']
    if inputs.ndim != 6:
        raise ValueError(f'clips of {tuple(inputs.shape)} are no videos (N,V,C,T,H,W)')
    if hasattr(preprocessor, 'mean'):
        inputs = inputs * preprocessor.std + preprocessor.mean
    return inputs, fed['data_samples']


def name_clips(clips: Tensor, sample: ActionDataSample) -> list[NamedClip]:
    """Name the clips of a sample: the first half is clean if there are two paths.

    Args:
        clips (Tensor): (V, C, T, H, W).
        sample (ActionDataSample): With what was drawn.

    Returns:
        list[NamedClip]: One a clip.
    """
    codes = sample.metainfo.get('transform_codes')
    if codes is None:
        names = [f'clip {n + 1}' for n in range(len(clips))]
    else:
        half = range(len(clips) // 2)
        clean = [f'clean path {n + 1}' if len(half) > 1 else 'clean path' for n in half]
        noise = [_describe_noise(sample, n) for n in half]
        names = clean + noise
    return [NamedClip(*pair) for pair in zip(names, clips, strict=True)]


def _describe_noise(sample: ActionDataSample, number: int) -> str:
    drawn = sample.metainfo
    lines = ['noise path', describe_code(int(drawn['transform_codes'][number]))]
    if 'mixup_weights' in drawn:
        weight = float(drawn['mixup_weights'][number])
        frame = int(drawn['mixup_frames'][number])
        lines += [f'λ = {weight:.2f}: {weight:.0%} of each frame']
        lines += [f'is the still frame t = {frame}']
    return '\n'.join(filter(None, lines))


def describe_code(code: int) -> str:
    """Put a transformation code in words; '' if nothing is flipped or turned."""
    flip, mirror, turns = parse_code(code)
    words = ['backward'] * flip + ['mirrored'] * mirror
    words += [f'turned by {90 * turns}°'] * (turns > 0)
    return ', '.join(words)


def draw_rows(rows: list[NamedClip]) -> Figure:
    """Draw a row a clip; a column for some of the frames."""
    length = rows[0].pixels.shape[1]
    shown = np.unique(np.linspace(0, length - 1, min(COLUMNS, length)).astype(int))
    figure, panels = _panels(len(rows), len(shown), MARGIN)
    for row, (name, clip) in zip(panels, rows, strict=True):
        for panel, frame in zip(row, shown, strict=True):
            _show(panel, clip[:, frame])
        row[0].set_ylabel(name, rotation=0, ha='right', va='center', fontsize=9)
    for panel, frame in zip(panels[0], shown, strict=True):
        panel.set_title(f't = {frame}', fontsize=10)
    return figure


def draw_film(samples: list[list[NamedClip]]) -> np.ndarray:
    """Draw moving pictures: the clips of a sample side by side, samples below.

    Args:
        samples (list[list[NamedClip]]): As many clips each, all of one size.

    Returns:
        np.ndarray: (T, H, W, 3), uint8, even sides.
    """
    figure, panels = _panels(len(samples), len(samples[0]), above=0.65, side=2 * PANEL)
    clips = [clip for sample in samples for clip in sample]
    images = [
        _show(panel, clip.pixels[:, 0])
        for panel, clip in zip(panels.flat, clips, strict=True)
    ]
    for panel, clip in zip(panels.flat, clips, strict=True):
        panel.set_title(clip.name, fontsize=8)
    FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    figure.set_layout_engine('none')  # once is enough, and it takes long
    film = [_frame(figure, images, clips, t) for t in range(clips[0].pixels.shape[1])]
    return np.stack(film)


def _frame(
    figure: Figure, images: list[AxesImage], clips: list[NamedClip], time: int
) -> np.ndarray:
    for image, clip in zip(images, clips, strict=True):
        image.set_data(as_picture(clip.pixels[:, time]))
    figure.canvas.draw()
    drawn = np.asarray(figure.canvas.buffer_rgba())[..., :3]
    return drawn[: drawn.shape[0] // 2 * 2, : drawn.shape[1] // 2 * 2].copy()


def _panels(
    rows: int, columns: int, left: float = 0, above: float = 0.1, side: float = PANEL
) -> tuple[Figure, np.ndarray]:
    height, width = 0.3 + rows * (side + above), left + columns * side
    return grid(rows, columns, height, width)


def _show(panel: Axes, frame: Tensor) -> AxesImage:
    panel.set_xticks([])
    panel.set_yticks([])
    panel.spines[:].set_visible(False)
    return panel.imshow(as_picture(frame), interpolation='nearest')
