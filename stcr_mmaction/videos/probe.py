"""What a video file is like, told from its packets, which are not decoded."""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from .flaws import Packet, find_flaw
from .key_frames import cuts_ties


class NamedBytes(bytes):
    """All that a file holds, and the name that messages give it.

    Args:
        data (bytes): What it holds.
        name (str): Its name.
    """

    def __new__(cls, data: bytes, name: str) -> NamedBytes:
        """Copy the bytes."""
        named = super().__new__(cls, data)
        named.name = name
        return named


@dataclass(frozen=True)
class VideoFacts:
    """What a video file is like.

    Attributes:
        codec (str): Name of the codec, such as 'h264'.
        container (str): Name of the container, such as 'avi'.
        num_packets (int): Those of the video stream; most often one a frame.
        flaw (str): Why a seek does not find the frame it is to find; '' if it does.
        fps (float): Frames a second, as the file tells; 0 if it does not.
        width (int): Pixels of a row, as stored: players may turn the picture.
        height (int): Pixels of a column.
    """

    codec: str
    container: str
    num_packets: int
    flaw: str
    fps: float
    width: int
    height: int


@contextmanager
def open_stream(
    source: str | NamedBytes, index: int | None = None
) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file, and of several video streams the largest one.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.
        index (int, optional): Of the video streams, to take another one. Defaults to
            None.

    Yields:
        tuple: The container and the stream.

    Raises:
        ValueError: If it is no video; the message names the file.
    """
    name = name_of(source)
    try:
        container = av.open(io.BytesIO(source) if isinstance(source, bytes) else source)
    except av.FFmpegError as error:
        message = f'{name} cannot be opened as a video: {error.strerror}'
        raise ValueError(message) from error
    with container:
        videos = container.streams.video
        if not videos:
            raise ValueError(f'{name} has no video stream')
        yield container, largest(videos) if index is None else videos[index]


def largest(videos: Sequence[VideoStream]) -> VideoStream:
    """Return the video stream of the largest picture; a cover is no video.

    FFmpeg's own choice has changed from version to version.
    """
    return max(videos, key=lambda v: (not _is_cover(v), v.width * v.height))


def _is_cover(stream: VideoStream) -> bool:
    return Disposition.attached_pic in stream.disposition


def name_of(source: str | NamedBytes) -> str:
    """Return how messages call a video."""
    return f'video {getattr(source, "name", source)!r}'


def once_a_file(function: Callable) -> Callable:
    """Let a function of a path or of bytes run once for each file, until it changes."""

    @functools.lru_cache(maxsize=2**17)
    def of_file(path: str, mtime: int, size: int, options: tuple) -> object:
        return function(path, *options)

    @functools.wraps(function)
    def of_source(source: str | NamedBytes, *options: object) -> object:
        if isinstance(source, bytes):
            return function(source, *options)
        stat = os.stat(source)
        return of_file(source, stat.st_mtime_ns, stat.st_size, options)

    return of_source


@once_a_file
def probe_video(source: str | NamedBytes) -> VideoFacts:
    """Tell from its packets what a video is like; once for each file and process.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.

    Returns:
        VideoFacts: With the flaw, if frames must be read in order.

    Raises:
        ValueError: If it is no video, or has no frame; the message names the file.
    """
    with open_stream(source) as (container, stream):
        codec, names = stream.codec_context, container.format.name.split(',')
        if codec is None:
            raise ValueError(f'{name_of(source)} is of a codec that FFmpeg does not know')
        name = codec.codec.canonical_name
        packets = [
            Packet(
                packet.pts,
                packet.dts,
                packet.is_discard,
                packet.is_keyframe,
                packet.is_keyframe
                and cuts_ties(name, codec.extradata or b'', memoryview(packet)),
            )
            for packet in container.demux(stream)
            if packet.size  # the last is empty: it tells a decoder that this was all
        ]
        if not packets:
            raise ValueError(f'{name_of(source)} has no frame')
        flaw = find_flaw(names, packets, codec.has_b_frames)
        if not flaw and len(container.streams.video) > 1:
            flaw = 'it has several video streams, of which decoders choose another one'
        fps = float(stream.average_rate or 0)
        size = codec.width, codec.height
        return VideoFacts(name, names[0], len(packets), flaw, fps, *size)
