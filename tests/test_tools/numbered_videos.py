"""Videos of many kinds whose frames show their own number."""

from pathlib import Path

import av
import cv2
import numpy as np

OPENCV = {'xvid.avi': 'XVID', 'v1.wmv': 'WMV1', 'v2.wmv': 'WMV2', 'v1.mpg': 'MPG1'}
PYAV = {
    'video.mp4': ('libx264', 'g=16'),
    'h264.avi': ('libx264', 'g=16'),
    'h264.ts': ('libx264', 'g=16'),
    'asp.avi': ('mpeg4', 'g=12:bf=2'),
    'v2.mpg': ('mpeg2video', 'g=12:bf=2'),
    'vp8.webm': ('libvpx', 'g=16'),
}
KINDS = [*OPENCV, *PYAV]
UNSOUND = ['v1.wmv', 'v2.wmv', 'v1.mpg', 'h264.avi', 'h264.ts', 'asp.avi', 'v2.mpg']
"""Kinds in which decord's random access gives other frames."""


def picture(number: int, size: tuple[int, int] = (96, 160)) -> np.ndarray:
    """Draw a number as ten black or white columns, (H, W, 3)."""
    bits = [235 if number >> bit & 1 else 20 for bit in range(10)]
    columns = np.repeat(np.uint8(bits), size[1] // 10)
    return np.ascontiguousarray(np.broadcast_to(columns[None, :, None], (*size, 3)))


def number_of(frame: np.ndarray) -> int:
    """Read the number, whatever the size of the frame."""
    rows = frame[frame.shape[0] // 3 : -frame.shape[0] // 3].mean((0, 2))
    centers = (np.arange(10) + 0.5) * len(rows) / 10
    return sum(int(rows[int(center)] > 128) << bit for bit, center in enumerate(centers))


def write_numbered(path: Path, length: int, start: int = 0) -> None:
    """Write ``picture(start)`` and so on; the file's name tells the kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = [picture(number) for number in range(start, start + length)]
    if path.name in OPENCV:
        _write_by_opencv(path, frames)
    else:
        _write_by_pyav(path, frames, *PYAV[path.name])


def _write_by_opencv(path: Path, frames: list[np.ndarray]) -> None:
    fourcc = cv2.VideoWriter.fourcc(*OPENCV[path.name])
    writer = cv2.VideoWriter(str(path), fourcc, 25, frames[0].shape[1::-1])
    for frame in frames:
        writer.write(frame)
    writer.release()


def _write_by_pyav(
    path: Path, frames: list[np.ndarray], codec: str, options: str
) -> None:
    options = dict(option.split('=') for option in options.split(':'))
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, rate=25, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = 'yuv420p'
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, 'rgb24')))
        container.mux(stream.encode(None))
