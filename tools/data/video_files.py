"""Write video files, many at a time, so that an interrupted job can go on."""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import decord
import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn


def write_video(path: Path, frames: np.ndarray, fps: float = 25.0) -> None:
    """Encode frames as MPEG-4 Part 2 in an MP4 file that is there whole or not at all.

    Args:
        path (Path): The ``.mp4`` file; folders are made, an old file is replaced.
        frames (np.ndarray): (T, H, W, 3), uint8, RGB; even H and W.
        fps (float): Frames per second. Defaults to 25.

    Raises:
        ValueError: If the frames have another shape or type.
        RuntimeError: If this OpenCV build cannot write the file.
    """
    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
        raise ValueError(
            f'{path}: frames must be uint8 (T, H, W, 3), '
            f'got {frames.dtype} {frames.shape}'
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.stem}.{os.getpid()}.mp4')
    height, width = frames.shape[1:3]
    fourcc = cv2.VideoWriter.fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(partial), fourcc, fps, (width, height))
    if not writer.isOpened():
        raise RuntimeError(f'OpenCV cannot write an mp4v file at {partial}')
    try:
        for frame in frames:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        writer.release()
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def read_frames(path: Path, short_side: int | None = None) -> tuple[np.ndarray, float]:
    """Decode a whole video.

    Args:
        path (Path): The video.
        short_side (int, optional): Shrink or enlarge the frames so that the shorter side
            has this many pixels, and the longer one an even number. Defaults to None.

    Returns:
        tuple[np.ndarray, float]: Frames (T, H, W, 3), uint8, RGB, and their rate.

    Raises:
        RuntimeError: If it cannot be decoded. The message names it.
    """
    try:
        reader = decord.VideoReader(str(path), num_threads=1)
        frames = (frame.asnumpy() for frame in reader)
        if short_side:
            frames = (resize_short_side(frame, short_side) for frame in frames)
        return np.stack(list(frames)), reader.get_avg_fps()
    except (RuntimeError, ValueError, decord.DECORDError) as error:
        raise RuntimeError(f'{path} cannot be decoded: {error}') from None


def resize_short_side(frame: np.ndarray, short_side: int) -> np.ndarray:
    """Resize a frame (H, W, 3), keeping its aspect up to a pixel; even H and W."""
    height, width = frame.shape[:2]
    scale = short_side / min(height, width)
    size = [2 * round(side * scale / 2) for side in (width, height)]
    shrinks = scale < 1
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(frame, size, interpolation=how)


def keep_settings(folder: Path, settings: dict) -> None:
    """Note how what is in a folder is made; refuse to mix two ways in one folder.

    Args:
        folder (Path): Is made if missing; the settings go to ``settings.json`` there.
        settings (dict): Plain data.

    Raises:
        ValueError: If the folder was begun with other settings.
    """
    path = folder / 'settings.json'
    if path.exists() and json.loads(path.read_text()) != settings:
        raise ValueError(
            f'{folder} holds what was made with other settings, {path.read_text()}; '
            f'wanted are {json.dumps(settings)}. Give another --out or delete {folder}.'
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def make_missing(
    make: Callable[..., None],
    paths: Sequence[Path],
    description: str,
    workers: int = 2,
    sources: Sequence[Path] | None = None,
) -> int:
    """Call ``make(path)`` for every path that does not exist, under a progress bar.

    Args:
        make (Callable): Makes one file or folder; must be picklable.
        paths (Sequence[Path]): What is wanted.
        description (str): Shown beside the progress bar.
        workers (int): Number of processes. Defaults to 2.
        sources (Sequence[Path], optional): If given, as many as ``paths``, and the call
            is ``make(path, source)``. Defaults to None.

    Returns:
        int: How many were made now.
    """
    given = [paths] if sources is None else [paths, sources]
    calls = list(zip(*given, strict=True))
    missing = [call for call in calls if not call[0].exists()]
    columns = ('{task.description}', BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn()) as progress,
        ProcessPoolExecutor(workers, initializer=cv2.setNumThreads, initargs=(1,)) as p,
    ):
        task = progress.add_task(
            description, total=len(paths), completed=len(paths) - len(missing)
        )
        for _ in p.map(make, *zip(*missing, strict=True), chunksize=4):
            progress.advance(task)
    return len(missing)
