"""See what a network is trained on: both paths of a config's train pipeline.

    python tools/visualizations/preview_pipeline.py CONFIG --out preview.png \
        [--video preview.mp4] [--samples 4]

Two rows a sample and clip, the clean and the noise path; a column for some of the frames.
The noise path is labelled with what was drawn for it: the transformation in words, and of
Intra-Video Mixup the frame and λ, the weight of that still frame in each frame of the
clip. Data made on the device (``blending``) is shown as the network gets it. The first
thing to look at when something is wrong.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from command_line import run
from mmengine.config import Config, DictAction

from stcr_mmaction.apis.pictures import save, save_film
from stcr_mmaction.apis.train_samples import (
    draw_film,
    draw_rows,
    name_clips,
    take_samples,
)


def main() -> None:
    """Run the command line tool."""
    args = parse_args()
    config = Config.fromfile(args.config)
    config.merge_from_dict(args.cfg_options or {})
    pictures, samples = take_samples(config, args.samples, args.seed)
    clips = [name_clips(*pair) for pair in zip(pictures, samples, strict=True)]
    figure = draw_rows([clip for sample in clips for clip in sample])
    save(figure, dict(samples=[sample.metainfo for sample in samples]), args.out)
    if args.video:
        save_film(draw_film(clips), args.video)


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
