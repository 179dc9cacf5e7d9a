"""Damage video files, and load them as in training and testing."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
from mmaction.registry import DATASETS

from tools.data.child_process import Outcome, call_in_child

from . import FORK

TRAIN = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=1),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(50, 38), keep_ratio=False),
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=32)],
        noise=[
            dict(type='RandomCrop', size=32),
            dict(type='SpatioTemporalTransform'),
            dict(type='IntraVideoMixup'),
        ],
    ),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('transform_codes',)),
]
TEST = [
    TRAIN[0],
    dict(TRAIN[1], num_clips=10, test_mode=True),
    *TRAIN[2:4],
    dict(type='CenterCrop', crop_size=32),
    *TRAIN[5:6],
    dict(type='PackActionInputs'),
]
CODECS = dict(mp4v='mp4', XVID='avi', MJPG='avi', FMP4='mkv')
SHAPES = {False: (2, 3, 16, 32, 32), True: (10, 3, 16, 32, 32)}


def write_sources(folder: Path) -> list[Path]:
    """Write an intact video of 60 frames, 64x48 pixels, for each of four codecs."""
    folder.mkdir(parents=True)
    frames = np.random.default_rng(0).integers(0, 256, (60, 48, 64, 3), np.uint8)
    frames[:, 8:40] //= 4
    paths = [folder / f'{codec}.{suffix}' for codec, suffix in CODECS.items()]
    for path, codec in zip(paths, CODECS, strict=True):
        fourcc = cv2.VideoWriter.fourcc(*codec)
        writer = cv2.VideoWriter(str(path), fourcc, 25, (64, 48))
        for frame in frames:
            writer.write(frame)
        writer.release()
    return paths


def flip_bits(video: bytes, other: bytes, draw: random.Random) -> bytes:
    """Flip up to 200 bits."""
    content = bytearray(video)
    for _ in range(draw.randint(1, 200)):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    return bytes(content)


def truncate(video: bytes, other: bytes, draw: random.Random) -> bytes:
    """Cut the end off."""
    return video[: draw.randrange(len(video))]


def splice(video: bytes, other: bytes, draw: random.Random) -> bytes:
    """Append the end of another video."""
    share = draw.random()
    return video[: int(share * len(video))] + other[int(share * len(other)) :]


def blank(video: bytes, other: bytes, draw: random.Random) -> bytes:
    """Overwrite a part with zeros, like a lost block on a disk."""
    start, end = sorted(draw.randrange(len(video)) for _ in range(2))
    return video[:start] + bytes(end - start) + video[end:]


def replace(video: bytes, other: bytes, draw: random.Random) -> bytes:
    """Write noise, or nothing."""
    return draw.randbytes(draw.choice((0, 1, 1000)))


DAMAGES: tuple[Callable[[bytes, bytes, random.Random], bytes], ...]
DAMAGES = flip_bits, truncate, splice, blank, replace


def try_bad_videos(
    number: int, sources: Sequence[Path], folder: Path, seed: int
) -> Iterator[Counter]:
    """Load damaged videos, alternately as in training and testing.

    Args:
        number (int): Number of files.
        sources (Sequence[Path]): Intact videos.
        folder (Path): Folder for the damaged ones.
        seed (int): Random seed.

    Yields:
        Counter: After each file, counts of ``videos``, and among these ``loaded`` (with
        the right shape and type), ``refused`` (with an error that names the file), and
        ``wrong`` (anything else; the file is kept).
    """
    folder.mkdir(parents=True)
    sound = [path.read_bytes() for path in sources]
    for number_of_file in range(number):
        draw = random.Random(f'{seed} {number_of_file}')
        which = draw.randrange(len(sound))
        damage = draw.choice(DAMAGES)
        content = damage(sound[which], draw.choice(sound), draw)
        name = f'{number_of_file}_{damage.__name__}{sources[which].suffix}'
        path = folder / name
        path.write_bytes(content)
        test_mode = bool(number_of_file % 2)
        outcome = call_in_child(FORK, load, path, test_mode, timeout=30)
        answer = judge(outcome, path, (SHAPES[test_mode], 'torch.uint8'))
        if answer == 'wrong':
            (folder / f'{name}.txt').write_text(repr(outcome))
        else:
            path.unlink()
        yield Counter({'videos': 1, answer: 1})


def load(path: Path, test_mode: bool) -> tuple[tuple[int, ...], str]:
    """Load a file through the pipeline; return shape and type of the sample."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # the decoder prints a lot
    ann_file = path.with_suffix('.list')
    ann_file.write_text(f'{path.name} 0\n')
    try:
        dataset = DATASETS.build(
            dict(
                type='CheckedVideoDataset',
                ann_file=str(ann_file),
                data_prefix=dict(video=str(path.parent)),
                pipeline=TEST if test_mode else TRAIN,
                test_mode=test_mode,
            )
        )
        inputs = dataset[0]['inputs']
    finally:
        ann_file.unlink()
    return tuple(inputs.shape), str(inputs.dtype)


def judge(outcome: Outcome, path: Path, expected: tuple) -> str:
    """Classify an outcome: ``'loaded'``, ``'refused'`` or ``'wrong'``."""
    if outcome.kind == 'value':
        return 'loaded' if outcome.value == expected else 'wrong'
    kind, message = outcome.value if outcome.kind == 'error' else ('', '')
    return 'refused' if kind == 'VideoError' and path.name in message else 'wrong'
