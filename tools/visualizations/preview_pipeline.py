"""See what a network is trained on: both paths of a config's train pipeline.

    python tools/visualizations/preview_pipeline.py CONFIG --out preview.png \
        [--video preview.mp4] [--samples 4]

Two rows a sample and clip, the clean and the noise path; a column for some of the frames.
The noise path is labelled with what was drawn for it: the transformation code, and of
Intra-Video Mixup the frame and λ, the weight of the clip itself. Data made on the device
(``blending``) is shown as the network gets it. The first thing to look at when something
is wrong.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from command_line import run
from mmaction.registry import DATASETS, MODELS
from mmaction.structures import ActionDataSample
from mmengine.config import Config, DictAction
from mmengine.registry import init_default_scope
from torch import Tensor

from stcr_mmaction.apis.pictures import (
    WIDTH,
    as_picture,
    enlarge,
    grid,
    plt,
    save,
    save_film,
)
from stcr_mmaction.functional import parse_code

COLUMNS = 8
ENLARGED = 112


def main() -> None:
    """Run the command line tool."""
    args = parse_args()
    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options or {})
    init_default_scope('mmaction')
    np.random.seed(args.seed)
    torch.manual_seed(args.seed)
    pictures, samples = take_samples(config, args.samples)
    rows = [
        row for clips, sample in zip(pictures, samples, strict=True)
        for row in label(clips, sample)
    ]  # fmt: skip
    drawn = [sample.metainfo for sample in samples]
    save(draw(rows), dict(samples=drawn), args.out)
    if args.video:
        save_film(film(pictures), args.video)


def take_samples(
    config: Config, number: int
) -> tuple[list[Tensor], list[ActionDataSample]]:
    """Return clips (V, C, T, H, W), grey levels, and data samples of a first batch."""
    loader = config.train_dataloader
    dataset = DATASETS.build(loader.dataset)
    chosen = np.random.permutation(len(dataset))[: max(number, 2)]
    items = [dataset[int(index)] for index in chosen]
    inputs = torch.stack([item['inputs'] for item in items]).float()
    samples = [item['data_samples'] for item in items]
    preprocessor = MODELS.build(config.model.data_preprocessor)
    if (blending := getattr(preprocessor, 'blending', None)) is not None:
        inputs, samples = blending(inputs, samples)
    if inputs.ndim != 6:
        raise SystemExit(f'clips of {tuple(inputs.shape)} are no videos (N,V,C,T,H,W)')
    return list(inputs[:number]), samples[:number]


def label(clips: Tensor, sample: ActionDataSample) -> list[tuple[str, Tensor]]:
    """Name the clips of a sample: the first half is clean if there are two paths."""
    drawn = sample.metainfo
    codes = drawn.get('transform_codes')
    if codes is None:
        return [(f'clip {n + 1}', clip) for n, clip in enumerate(clips)]
    half = len(clips) // 2
    names = []
    for number in range(half):
        text = f'noise: code {int(codes[number])}\n{describe(int(codes[number]))}'
        if 'mixup_weights' in drawn:
            weight, frame = drawn['mixup_weights'], drawn['mixup_frames']
            text += f'\nλ {float(weight[number]):.2f}, frame {int(frame[number])}'
        names.append(text)
    return [
        (f'clean {n + 1}' if half > 1 else 'clean', clips[n]) for n in range(half)
    ] + [(name, clips[half + n]) for n, name in enumerate(names)]


def describe(code: int) -> str:
    """Put a transformation code in words."""
    flip, mirror, turns = parse_code(code)
    words = ['backward'] * flip + ['mirrored'] * mirror + [f'{90 * turns}°'] * (turns > 0)
    return ', '.join(words) or 'as it is'


def draw(rows: list[tuple[str, Tensor]]) -> plt.Figure:
    """Draw a row a clip."""
    length = rows[0][1].shape[1]
    shown = np.unique(np.linspace(0, length - 1, min(COLUMNS, length)).astype(int))
    size = (WIDTH - 1.6) / len(shown)
    figure, panels = grid(len(rows), len(shown), size * len(rows) + 0.4)
    for row, (name, clip) in zip(panels, rows, strict=True):
        for panel, frame in zip(row, shown, strict=True):
            panel.imshow(as_picture(clip[:, frame]), cmap='gray')
            panel.set_xticks([])
            panel.set_yticks([])
        row[0].set_ylabel(name, rotation=0, ha='right', va='center', fontsize=8)
    for panel, frame in zip(panels[0], shown, strict=True):
        panel.set_title(f't = {frame}', fontsize=9)
    return figure


def film(pictures: list[Tensor]) -> np.ndarray:
    """Return frames (T, H, W, 3): the clips of a sample side by side, samples below."""
    rows = [
        np.concatenate(
            [np.stack([as_picture(f) for f in clip.unbind(1)]) for clip in clips], axis=2
        )
        for clips in pictures
    ]
    frames = np.concatenate(rows, axis=1)
    return enlarge(frames, ENLARGED // pictures[0].shape[-1])


def parse_args() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('config', help='whose train pipeline is shown')
    add('--out', type=Path, required=True, metavar='FILE.png', help='and FILE.json')
    add('--video', type=Path, metavar='FILE.mp4', help='written too')
    add('--samples', type=int, default=3, help='videos shown; default: 3')
    add('--seed', type=int, default=0, help='of all draws; default: 0')
    add('--cfg-options', nargs='+', action=DictAction, help='key=value')
    return parser.parse_args()


if __name__ == '__main__':
    run(main)
