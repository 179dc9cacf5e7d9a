"""Time loading samples from video files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from stcr_mmaction.models.recognizers.recipe import RECIPES, blend_paths, read_recipe
from stcr_mmaction.videos import copy_small

from .timing import Row, compare, one_thread

VIDEO_SUFFIXES = ('.mp4', '.avi', '.mkv', '.webm')
CROP = [dict(type='RandomCrop', size=112)]


def compare_samples(videos: list[Path], folder: Path) -> Iterator[Row]:
    """Time two-path samples and prepared copies, against the stock pipeline.

    Args:
        videos (list[Path]): The originals.
        folder (Path): Folder for the copies.
    """
    stock = build_pipeline(CROP)
    what = f'{len(videos)} videos, 16x4 frames, 112x112'
    with one_thread():
        for name in RECIPES:
            paths = blend_paths(read_recipe(name).recipe, (16, 112, 112))
            two_paths = build_pipeline([dict(paths, type='SiamesePaths')])
            yield compare(
                (f"two-path sample, recipe '{name}'", 'stock one-path sample'),
                lambda two_paths=two_paths: load(two_paths, videos),
                lambda: load(stock, videos),
                1.05,
                max(5, 200 // len(videos)),
                what,
            )
        copies = copy_videos(videos, folder)
        yield compare(
            ('sample of a prepared copy', 'of the original'),
            lambda: load(stock, copies),
            lambda: load(stock, videos),
            1.0,
            max(5, 100 // len(videos)),
            what,
        )


def copy_videos(videos: list[Path], folder: Path) -> list[Path]:
    """Make copies as the preparation tools do, unless they exist."""
    copies = [folder / f'{number}.mp4' for number in range(len(videos))]
    for copy, video in zip(copies, videos, strict=True):
        if not copy.exists():
            copy_small(copy, video, short_side=128)
    return copies


def build_pipeline(spatial: list[dict]) -> Compose:
    """Build MMAction2's usual training pipeline around some spatial transforms."""
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=16, frame_interval=4, num_clips=1),
        dict(type='DecordDecode'),
        dict(type='Resize', scale=(171, 128), keep_ratio=False),
        *spatial,
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]
    return Compose([TRANSFORMS.build(config) for config in steps])


def load(pipeline: Compose, videos: list[Path]) -> None:
    """Make a sample of each video."""
    np.random.seed(0)  # all pipelines get the same frames
    for video in videos:
        pipeline(dict(filename=str(video), label=0, modality='RGB', start_index=0))


def render_video(folder: Path) -> Path:
    """Write a video with the size and usual length of UCF101."""
    path = folder / 'video.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'XVID'), 25, (320, 240))
    texture = np.random.default_rng(0).integers(0, 256, (60, 80, 3), dtype=np.uint8)
    texture = cv2.resize(texture, (320, 240), interpolation=cv2.INTER_CUBIC)
    for shift in range(180):
        writer.write(np.roll(texture, 2 * shift, axis=1))
    writer.release()
    return path


def find_videos(folder: Path, most: int = 20) -> list[Path]:
    """List some videos, evenly spread over a folder."""
    videos = sorted(p for p in folder.rglob('*') if p.suffix.lower() in VIDEO_SUFFIXES)
    if not videos:
        raise SystemExit(f'{folder} holds no videos ({", ".join(VIDEO_SUFFIXES)})')
    return videos[:: max(1, len(videos) // most)][:most]
