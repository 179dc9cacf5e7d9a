"""Make small copies of videos in which every decoder finds the right frames.

Decoders that seek get a wrong frame in many ordinary files: AVI with B-frames, WMV,
MPEG-1 and 2, some MPEG-TS and HEVC. Here, a file is read from its first frame to its
last, and the copy has exactly these frames.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from .probe import largest

CODEC = 'libx264'
OPTIONS = dict(
    crf='20', g='16', bf='0', refs='1', profile='baseline', tune='fastdecode', threads='1'
)
"""Options for fast decoding, without B-frames."""
ACCURATE_ROUNDING = 0x40000
"""FFmpeg's SWS_ACCURATE_RND. Without it, each conversion at the same size makes gray
darker by 2 of 255 steps."""
FORMAT = 'H.264, baseline, a keyframe every 16 frames'
MIN_SIDE = 64
"""Pixels. decord misreads the colors of some videos that are narrower."""


def copy_small(target: Path, source: Path, short_side: int, enlarge: bool = True) -> None:
    """Write an H.264 copy of a video: the same frames, smaller, and without sound.

    Args:
        target (Path): The ``.mp4`` file, written atomically.
        source (Path): The video.
        short_side (int): Length of the shorter side in pixels, even.
        enlarge (bool): As in :func:`small_size`. Defaults to True.

    Raises:
        RuntimeError: If the video cannot be decoded to its end; the message names it.
        OSError: If the copy cannot be written.
    """
    encode(target, read_frames(source, short_side, enlarge), frame_rate(source))


def read_frames(
    path: Path, short_side: int | None = None, enlarge: bool = True
) -> Iterator[np.ndarray]:
    """Decode a video in order, one frame at a time, upright.

    Args:
        path (Path): The video; of several streams, the largest one.
        short_side (int, optional): Shrink or enlarge the frames so that the shorter side
            has this many pixels, and the longer one an even number. Defaults to None.
        enlarge (bool): As in :func:`small_size`. Defaults to True.

    Yields:
        np.ndarray: (H, W, 3), uint8, RGB.

    Raises:
        RuntimeError: If it cannot be decoded to its end. The message names it.
    """
    empty = True
    converter = VideoReformatter()  # one for all frames: to make it takes longer
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(_video_stream(container)):
                size = small_size(frame.width, frame.height, short_side, enlarge)
                way = (
                    Interpolation.AREA
                    if size[0] < frame.width
                    else Interpolation.BILINEAR
                )
                how = way | ACCURATE_ROUNDING
                small = converter.reformat(frame, *size, 'rgb24', interpolation=how)
                yield np.rot90(small.to_ndarray(), frame.rotation // 90)
                empty = False
    except (av.FFmpegError, ValueError) as error:
        raise _cannot_decode(path, error) from None
    if empty:
        raise RuntimeError(f'{path} cannot be decoded: no frames')


def frame_rate(path: Path) -> Fraction:
    """Tell the frames per second of a video, 25 where it does not say.

    Raises:
        RuntimeError: If it cannot be opened. The message names it.
    """
    try:
        with av.open(str(path)) as container:
            rate = _video_stream(container).average_rate
    except (av.FFmpegError, ValueError) as error:
        raise _cannot_decode(path, error) from None
    # An encoder's clock has no room for such fractions as 14359/479.
    return Fraction(rate or 25).limit_denominator(1001) or Fraction(25)


def _cannot_decode(path: Path, error: Exception) -> RuntimeError:
    reason = getattr(error, 'strerror', error)  # without FFmpeg's number
    return RuntimeError(f'{path} cannot be decoded: {reason}')


def _video_stream(container: av.container.InputContainer) -> av.VideoStream:
    if not container.streams.video:
        raise ValueError('no video stream')
    return largest(container.streams.video)


def small_size(
    width: int, height: int, short_side: int | None, enlarge: bool = True
) -> tuple[int, int]:
    """Return the sides of a copy; the aspect is kept up to a pixel.

    Args:
        width (int): Pixels of a row of the video.
        height (int): Pixels of a column.
        short_side (int, optional): Pixels of the copy's shorter side, even; None keeps
            both sides.
        enlarge (bool): Whether a smaller video is enlarged. Otherwise it keeps its size,
            unless it is below :data:`MIN_SIDE`. Defaults to True.

    Returns:
        tuple[int, int]: Width and height; even, unless there is no ``short_side``.
    """
    if short_side is None:
        return width, height
    if not enlarge:
        short_side = max(min(short_side, width, height) // 2 * 2, MIN_SIDE)
    scale = short_side / min(width, height)
    return 2 * round(width * scale / 2), 2 * round(height * scale / 2)


def encode(path: Path, frames: Iterable[np.ndarray], rate: Fraction) -> None:
    """Write frames (H, W, 3), uint8, RGB, even H and W, as H.264."""
    with write_atomically(path) as partial, av.open(str(partial), 'w') as container:
        stream = container.add_stream(CODEC, rate=rate, options=OPTIONS)
        stream.pix_fmt = 'yuv420p'
        for number, image in enumerate(frames):
            if not number:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), 'rgb24')
            frame.pts, frame.time_base = number, 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@contextmanager
def write_atomically(path: Path) -> Iterator[Path]:
    """Give a path to write to, which replaces the wanted one if all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f'.{path.stem}.{os.getpid()}{path.suffix}')
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
