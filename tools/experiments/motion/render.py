"""Render the motion data set: real video files whose classes are motions.

    python -m tools.experiments.motion --out data/motion

Appearance, background and objects are random in each video, so only the motion shows the
class. With ``--bias P`` they are also misleading: there is one style for each class (tint
of the scene, preferred shape and light of the objects). A training video has the style of
its class with probability P, otherwise a random one. In validation and test all styles
are equally likely. Writes official-style annotation files beside the videos::

    OUT/videos/rise/rise_train_0000.mp4
    OUT/label_map.txt                         one class name a line
    OUT/motion_train_videos.txt               lines 'rise/rise_train_0000.mp4 0'
    OUT/motion_train_5_per_class_videos.txt   the few-label part of it
    OUT/motion_val_videos.txt
    OUT/motion_test_videos.txt

An interrupted rendering resumes where it stopped.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

import numpy as np
from numpy.random import Generator

from tools.data.video_files import keep_settings, make_missing
from tools.experiments.videos import frame_size, write_video

from .motions import MOTIONS, Motion
from .scene import PLAIN, Style, draw_background, draw_frames, draw_objects, make_style

SPLITS = ('train', 'test', 'val')
CLASSES = tuple(MOTIONS)
FPS = 25.0
RENDERER_VERSION = 2
"""Increase it whenever the same seed gives other frames."""


def video_generators(
    seed: int, split: str, label: int, index: int
) -> tuple[Generator, Generator]:
    """Return the random generators of a video's motion and appearance.

    They depend only on the arguments, not on the order or the number of processes. Draws
    for the motion never change the appearance.
    """
    rng = np.random.default_rng([seed, SPLITS.index(split), label, index])
    motion, appearance = rng.spawn(2)
    return motion, appearance


def draw_style(split: str, label: int, bias: float, rng: Generator) -> Style:
    """Draw the style of a video; in training it may be that of its class.

    Args:
        split (str): One of ``SPLITS``.
        label (int): Label of the video.
        bias (float): Probability of the style of the class in training; 0 means no
            styles.
        rng (Generator): Random generator.

    Returns:
        Style: The style.
    """
    if not bias:
        return PLAIN
    is_own = split == 'train' and rng.uniform() < bias
    return make_style(label if is_own else int(rng.integers(len(CLASSES))))


def draw_motion(label: int, num_frames: int, rng: Generator, fps: float = FPS) -> Motion:
    """Draw a motion of a class, sampled at the times of the frames."""
    return MOTIONS[CLASSES[label]](np.arange(num_frames) / fps, rng)


def render_video(
    seed: int,
    split: str,
    label: int,
    index: int,
    num_frames: int = 40,
    height: int = 64,
    width: int = 86,
    bias: float = 0.0,
    fps: float = FPS,
) -> np.ndarray:
    """Render one video.

    Args:
        seed (int): Seed of the data set.
        split (str): One of ``SPLITS``.
        label (int): Index into ``CLASSES``.
        index (int): Number of the video in its class and split.
        num_frames (int): Length T. Defaults to 40.
        height (int): H in pixels. Defaults to 64.
        width (int): W in pixels. Defaults to 86.
        bias (float): As in :func:`draw_style`. Defaults to 0.
        fps (float): Frames per second. Defaults to 25.

    Returns:
        np.ndarray: (T, H, W, 3), uint8, RGB.
    """
    motion_rng, rng = video_generators(seed, split, label, index)
    motion = draw_motion(label, num_frames, motion_rng, fps)
    style = draw_style(split, label, bias, rng)
    background = draw_background(rng, height, width, style)
    return draw_frames(background, draw_objects(rng, style), motion, rng)


def video_name(split: str, label: int, index: int) -> str:
    """Return the name of a video in annotation files."""
    name = CLASSES[label]
    return f'{name}/{name}_{split}_{index:04d}.mp4'


def _render_file(path: Path, seed: int, fps: float = FPS, **options: float) -> None:
    name, split, index = path.stem.split('_')
    label = CLASSES.index(name)
    frames = render_video(seed, split, label, int(index), fps=fps, **options)
    write_video(path, frames, fps)


def annotation_files(
    train_per_class: int,
    val_per_class: int,
    test_per_class: int,
    labels_per_class: list[int],
) -> dict[str, list[str]]:
    """Return the lines of annotation files; few-label lists are subsets of training.

    Args:
        train_per_class (int): Training videos per class.
        val_per_class (int): Validation videos per class.
        test_per_class (int): Test videos per class.
        labels_per_class (list[int]): Makes a few-label list for each number.

    Returns:
        dict: Lines by file name.
    """
    parts = {
        'train': ('train', train_per_class),
        **{f'train_{k}_per_class': ('train', k) for k in labels_per_class},
        'val': ('val', val_per_class),
        'test': ('test', test_per_class),
    }
    files = {
        f'motion_{part}_videos.txt': [
            f'{video_name(split, label, index)} {label}'
            for label in range(len(CLASSES))
            for index in range(count)
        ]
        for part, (split, count) in parts.items()
    }
    return {'label_map.txt': list(CLASSES), **files}


def render_dataset(args: argparse.Namespace) -> int:
    """Write all videos that are missing, and all annotation files.

    Returns:
        int: How many videos were rendered.
    """
    options = dict(
        num_frames=args.frames, height=args.height, width=args.width, bias=args.bias
    )
    settings = dict(version=RENDERER_VERSION, seed=args.seed, **options)
    if args.fps != FPS:  # older sets, all of 25 frames a second, do not tell it
        settings['fps'] = args.fps
    keep_settings(args.out, settings)
    files = annotation_files(
        args.train_per_class,
        args.val_per_class,
        args.test_per_class,
        args.labels_per_class,
    )
    for name, lines in files.items():
        (args.out / name).write_text('\n'.join(lines) + '\n')
    videos = [
        args.out / 'videos' / line.split()[0]
        for part in SPLITS
        for line in files[f'motion_{part}_videos.txt']
    ]
    make = partial(_render_file, seed=args.seed, fps=args.fps, **options)
    return make_missing(make, videos, 'render videos', args.workers)


def parse_args(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse and check the command line."""
    parser = argparse.ArgumentParser(
        description='Render the motion data set.',
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add('--out', type=Path, default=Path('data/motion'), help='folder to write to')
    add('--seed', type=int, default=0, help='another seed gives other videos')
    add('--train-per-class', type=int, default=60, help='training videos per class')
    add('--val-per-class', type=int, default=10, help='validation videos per class')
    add('--test-per-class', type=int, default=25, help='test videos per class')
    add('--labels-per-class', type=int, nargs='+', default=[5], metavar='K',
        help='write a few-label list for each K')  # fmt: skip
    add('--bias', type=float, default=0.0, metavar='P',
        help='probability that a training video has the style of its class')  # fmt: skip
    add('--frames', type=int, default=40, help='frames a video')
    add('--fps', type=float, default=FPS, help='frames a second')
    add('--height', type=frame_size, default=64, help='pixels, even')
    add('--width', type=frame_size, default=86, help='pixels, even')
    add('--workers', type=int, default=2, help='processes')
    args = parser.parse_args(argv)
    _check_args(parser, args)
    return args


def _check_args(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    for name in (
        'train_per_class',
        'val_per_class',
        'test_per_class',
        'frames',
        'workers',
    ):
        if getattr(args, name) < 1:
            option = '--' + name.replace('_', '-')
            parser.error(f'{option} must be at least 1, got {getattr(args, name)}')
    if not args.fps > 0:
        parser.error(f'--fps must be above 0, got {args.fps}')
    if args.seed < 0:
        parser.error(f'--seed must not be negative, got {args.seed}')
    if not 0 <= args.bias <= 1:
        parser.error(f'--bias must be between 0 and 1, got {args.bias}')
    for count in args.labels_per_class:
        if not 1 <= count <= args.train_per_class:
            parser.error(
                f'--labels-per-class {count} must be between 1 and '
                f'--train-per-class {args.train_per_class}'
            )
    if args.out.exists() and not args.out.is_dir():
        parser.error(f'--out {args.out} is a file, not a folder')


def main(argv: list[str] | None = None) -> None:
    """Run the command line tool."""
    args = parse_args(argv)
    try:
        rendered = render_dataset(args)
    except (ValueError, OSError, RuntimeError) as error:
        sys.exit(f'render.py: error: {error}')
    print(f'{rendered} videos rendered, data set complete in {args.out}')
