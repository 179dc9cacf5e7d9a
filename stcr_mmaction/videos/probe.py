"""Read facts about a video file from its packets, without decoding."""

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
from .key_frames import is_clean_start


class NamedBytes(bytes):
    """The content of a file, and its name for messages.

    Args:
        data (bytes): Content of the file.
        name (str): Name of the file.
    """

    def __new__(cls, data: bytes, name: str) -> NamedBytes:
        """Copy the bytes."""
        named = super().__new__(cls, data)
        named.name = name
        return named


@dataclass(frozen=True)
class VideoFacts:
    """Facts about a video file.

    Attributes:
        codec (str): Name of the codec, such as 'h264'.
        container (str): Name of the container, such as 'avi'.
        num_packets (int): Packets in the video stream; usually one for each frame.
        flaw (str): Why seeking may find a wrong frame; '' if it does not.
        fps (float): Frames per second according to the file; 0 if unknown.
        width (int): Width in pixels, as stored, before rotation.
        height (int): Height in pixels.
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
    """Open a video file and its largest video stream.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.
        index (int, optional): Index of another video stream. Defaults to None.

    Yields:
        tuple: The container and the stream.

    Raises:
        ValueError: If it is not a video; the message names the file.
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
    """Return the video stream with the largest picture, not a cover image.

    FFmpeg's own choice differs between versions.
    """
    return max(videos, key=lambda v: (not _is_cover(v), v.width * v.height))


def _is_cover(stream: VideoStream) -> bool:
    return Disposition.attached_pic in stream.disposition


def name_of(source: str | NamedBytes) -> str:
    """Return the name of a video in messages."""
    return f'video {getattr(source, "name", source)!r}'


def cache_by_file(function: Callable) -> Callable:
    """Cache the results of a function of a file, until the file changes."""

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


@cache_by_file
def probe_video(source: str | NamedBytes) -> VideoFacts:
    """Read facts about a video from its packets; once for each file and process.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.

    Returns:
        VideoFacts: The facts, including the flaw if frames must be read in order.

    Raises:
        ValueError: If it is not a video, or has no frames; the message names the file.
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
                and is_clean_start(name, codec.extradata or b'', memoryview(packet)),
            )
            for packet in container.demux(stream)
            if packet.size  # the last packet is empty and marks the end
        ]
        if not packets:
            raise ValueError(f'{name_of(source)} has no frame')
        flaw = find_flaw(names, packets, codec.has_b_frames)
        if not flaw and len(container.streams.video) > 1:
            flaw = 'it has several video streams, of which decoders choose another one'
        fps = float(stream.average_rate or 0)
        size = codec.width, codec.height
        return VideoFacts(name, names[0], len(packets), flaw, fps, *size)
