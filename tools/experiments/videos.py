"""Video files of rendered or copied frames."""

from argparse import ArgumentTypeError
from pathlib import Path

import cv2
import numpy as np


def write_video(path: Path, frames: np.ndarray, fps: float = 25.0) -> None:
    """Encode frames as MPEG-4 Part 2 in an MP4 file, written atomically.

    Args:
        path (Path): The ``.mp4`` file; folders are created, an existing file is replaced.
        frames (np.ndarray): (T, H, W, 3), uint8, RGB; even H and W.
        fps (float): Frames per second. Defaults to 25.

    Raises:
        ValueError: If the frames have another shape or type.
        RuntimeError: If this OpenCV build cannot write the file.
    """
    from stcr_mmaction.videos import (
        write_atomically,  # to import the package takes seconds
    )

    if frames.dtype != np.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
        raise ValueError(
            f'{path}: frames must be uint8 (T, H, W, 3), '
            f'got {frames.dtype} {frames.shape}'
        )
    height, width = frames.shape[1:3]
    fourcc = cv2.VideoWriter.fourcc(*'mp4v')
    with write_atomically(path) as partial:
        writer = cv2.VideoWriter(str(partial), fourcc, fps, (width, height))
        if not writer.isOpened():
            raise RuntimeError(f'OpenCV cannot write an mp4v file at {partial}')
        for frame in frames:
            writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
        writer.release()


def frame_size(text: str) -> int:
    """Read a height or width from the command line, as :func:`write_video` takes it.

    Raises:
        ArgumentTypeError: If it is odd, or below 16.
    """
    size = int(text)
    if size < 16 or size % 2:
        raise ArgumentTypeError(f'must be even and at least 16, got {size}')
    return size
