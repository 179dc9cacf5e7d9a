"""Write video files, many at a time, so that an interrupted job can go on."""

import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
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


def keep_settings(folder: Path, settings: dict) -> None:
    """Note how the videos of a folder are made; refuse to mix two ways in one folder.

    Args:
        folder (Path): Is made if missing; the settings go to ``settings.json`` there.
        settings (dict): Plain data.

    Raises:
        ValueError: If the folder was begun with other settings.
    """
    path = folder / 'settings.json'
    if path.exists() and json.loads(path.read_text()) != settings:
        raise ValueError(
            f'{folder} holds videos made with other settings, {path.read_text()}; '
            f'wanted are {json.dumps(settings)}. Give another --out or delete {folder}.'
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def make_missing(
    make: Callable[[Path], None],
    paths: Sequence[Path],
    description: str,
    workers: int = 2,
) -> int:
    """Call ``make(path)`` for every path that does not exist, under a progress bar.

    Args:
        make (Callable): Makes one file; must be picklable.
        paths (Sequence[Path]): The files that are wanted.
        description (str): Shown beside the progress bar.
        workers (int): Number of processes. Defaults to 2.

    Returns:
        int: How many files were made now.
    """
    missing = [path for path in paths if not path.exists()]
    columns = ('{task.description}', BarColumn(), MofNCompleteColumn())
    with (
        Progress(*columns, TimeElapsedColumn()) as progress,
        ProcessPoolExecutor(workers, initializer=cv2.setNumThreads, initargs=(1,)) as p,
    ):
        task = progress.add_task(
            description, total=len(paths), completed=len(paths) - len(missing)
        )
        for _ in p.map(make, missing, chunksize=4):
            progress.advance(task)
    return len(missing)
