"""Video files of many kinds, each frame of which shows its number."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import av
import cv2
import numpy as np

NUM_FRAMES, HEIGHT, WIDTH = 100, 96, 160
# Kind of file: codec, and options of PyAV or a code of OpenCV.
KINDS = {
    'mpeg4.mp4': ('mpeg4', dict(g='12')),
    'mpeg4.avi': ('mpeg4', dict(g='12')),
    'mpeg4_b_frames.avi': ('mpeg4', dict(bf='2', g='12')),
    'mpeg4_b_frames.mp4': ('mpeg4', dict(bf='2', g='12')),
    'h264.mp4': ('libx264', dict(bf='3', g='24')),
    'h264.mov': ('libx264', dict(bf='3', g='24')),
    'h264.mkv': ('libx264', dict(bf='3', g='24')),
    'h264.avi': ('libx264', dict(bf='3', g='24')),
    'h264_without_b_frames.avi': ('libx264', dict(bf='0', g='24')),
    'h264_open.mp4': ('libx264', {'bf': '3', 'g': '24', 'x264-params': 'open-gop=1'}),
    'h264_refresh.mp4': ('libx264', {'g': '24', 'x264-params': 'intra-refresh=1'}),
    'h264.flv': ('libx264', dict(bf='3', g='24')),
    'h264.ts': ('libx264', dict(bf='3', g='24')),
    'hevc.mp4': ('libx265', {'bf': '3', 'g': '24', 'x265-params': 'log-level=error'}),
    'mpeg1.mpg': ('mpeg1video', dict(bf='2', g='12')),
    'mpeg2.mpg': ('mpeg2video', dict(bf='2', g='12')),
    'mpeg2.ts': ('mpeg2video', dict(bf='2', g='12')),
    'mpeg2.vob': ('mpeg2video', dict(bf='2', g='12')),
    'vp9.webm': ('libvpx-vp9', {'g': '24', 'cpu-used': '8', 'deadline': 'realtime'}),
    'mjpeg.avi': ('mjpeg', {}),
    'wmv1.wmv': 'WMV1',
    'wmv2.wmv': 'WMV2',
    'xvid.avi': 'XVID',
}
# Those in which a decoder may seek: the others are read in order.
SOUND = {
    'mpeg4.mp4',
    'mpeg4.avi',
    'h264.mp4',
    'h264.mov',
    'h264.mkv',
    'vp9.webm',
    'mjpeg.avi',
    'xvid.avi',
}
# Of each family one.
SOME_KINDS = (
    *('wmv1.wmv', 'wmv2.wmv', 'mpeg1.mpg', 'mpeg2.mpg', 'xvid.avi', 'mpeg4_b_frames.avi'),
    *('h264.mp4', 'h264.avi', 'h264.ts', 'vp9.webm'),
)


def picture(number: int) -> np.ndarray:
    """Draw a number as ten black or white blocks."""
    bits = np.uint8(20) + np.uint8(215) * (number >> np.arange(10) & 1).astype(np.uint8)
    return np.broadcast_to(bits.repeat(WIDTH // 10)[:, None], (HEIGHT, WIDTH, 3)).copy()


def number_of(frame: np.ndarray) -> int:
    """Read the number, whatever the size of the frame."""
    rows = frame[frame.shape[0] // 3 : -frame.shape[0] // 3].mean((0, 2))
    centers = ((np.arange(10) + 0.5) * len(rows) / 10).astype(int)
    return int(((rows[centers] > 128) << np.arange(10)).sum())


def numbers(frames: Iterable[np.ndarray]) -> list[int]:
    """Read the numbers off frames."""
    return [number_of(frame) for frame in frames]


def write_numbered(path: Path, length: int = NUM_FRAMES, start: int = 0) -> Path:
    """Write ``picture(start)`` and so on, as the kind that the file is named after.

    A name that is none of a kind gives H.264 in that container.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = [picture(number) for number in range(start, start + length)]
    kind = KINDS.get(path.name, KINDS['h264.mp4'])
    if isinstance(kind, str):
        _write_by_opencv(path, frames, kind)
    else:
        _write_by_pyav(path, frames, *kind)
    return path


def _write_by_opencv(path: Path, frames: Sequence[np.ndarray], code: str) -> None:
    fourcc = cv2.VideoWriter.fourcc(*code)
    writer = cv2.VideoWriter(str(path), fourcc, 25, (WIDTH, HEIGHT))
    for frame in frames:
        writer.write(frame)
    writer.release()


def _write_by_pyav(
    path: Path, frames: Sequence[np.ndarray], codec: str, options: dict[str, str]
) -> None:
    with av.open(str(path), 'w') as container:
        stream = container.add_stream(codec, 25, options=options)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = 'yuvj420p' if codec == 'mjpeg' else 'yuv420p'
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, 'rgb24')))
        container.mux(stream.encode(None))
