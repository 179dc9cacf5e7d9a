"""Read the frames of a video in order, from the first one on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from .probe import NamedBytes, cache_by_file, name_of, open_stream


class Frames(np.ndarray):
    """An array with the method ``asnumpy`` of decord's arrays."""

    def asnumpy(self) -> np.ndarray:
        """Return a NumPy array."""
        return self.view(np.ndarray)


@cache_by_file
def count_frames(source: str | NamedBytes, index: int | None = None) -> int:
    """Count the frames by decoding a video; once for each file and process.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.
        index (int, optional): Index of the video stream. Defaults to None: the largest
            one.

    Raises:
        ValueError: If it cannot be decoded; the message names file and codec.
    """
    return sum(1 for _ in decode(source, index))


def decode(source: str | NamedBytes, index: int | None = None) -> Iterator[av.VideoFrame]:
    """Yield all frames in presentation order, without conversion."""
    with open_stream(source, index) as (container, stream):
        codec = stream.codec_context
        codec.thread_count = 1  # data loaders run in parallel already
        try:
            yield from container.decode(stream)
        except av.FFmpegError as error:
            raise ValueError(
                f'{name_of(source)} cannot be decoded as {codec.codec.canonical_name}: '
                f'{error.strerror}'
            ) from error


class InOrderReader:
    """Reads the right frames of any video file, by decoding it in order.

    It has the methods of ``decord.VideoReader`` that pipelines use. It decodes from the
    first frame to the last requested one, and keeps only the requested frames.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.

    Raises:
        ValueError: If the video cannot be decoded to its end, or has no frame.
    """

    def __init__(self, source: str | NamedBytes) -> None:
        self._source = source
        self._num_frames = count_frames(source)
        if not self._num_frames:
            raise ValueError(f'{name_of(source)} has no frame')
        self._position = 0
        self._restart()

    def __len__(self) -> int:
        """Return the number of frames that can be read."""
        return self._num_frames

    def __getitem__(self, index: int) -> Frames:
        return self.get_batch([index])[0]

    def get_avg_fps(self) -> float:
        """Return the frames per second according to the file."""
        with open_stream(self._source) as (_, stream):
            return float(stream.average_rate or 0)

    def get_batch(self, indices: Sequence[int]) -> Frames:
        """Return frames.

        Args:
            indices (Sequence[int]): N frames, in any order, also repeated; negative ones
                count from the end.

        Returns:
            Frames: (N, H, W, 3) uint8, RGB.

        Raises:
            IndexError: If there is no such frame.
        """
        indices = np.asarray(indices, np.int64)
        indices = np.where(indices < 0, indices + len(self), indices)
        if ((indices < 0) | (indices >= len(self))).any():
            raise IndexError(
                f'{name_of(self._source)} has frames 0 to {len(self) - 1}, '
                f'asked for {indices.tolist()}'
            )
        wanted, places = np.unique(indices, return_inverse=True)
        frames = np.stack([self._read(index) for index in wanted])
        return frames[places].view(Frames)

    def seek(self, position: int) -> None:
        """Set the frame that :meth:`next` returns."""
        self._position = position

    seek_accurate = seek

    def next(self) -> Frames:
        """Return the next frame, (H, W, 3) uint8."""
        if self._position >= len(self):
            raise StopIteration
        self._position += 1
        return self[self._position - 1]

    def _restart(self) -> None:
        self._frames = enumerate(decode(self._source))
        self._converter = VideoReformatter()  # reused, since creating it is slow
        self._number, self._frame = -1, None

    def _read(self, index: int) -> np.ndarray:
        if index < self._number:
            self._restart()
        while self._number < index:
            self._number, self._frame = next(self._frames)
        return upright(self._frame, self._converter)


def upright(frame: av.VideoFrame, converter: VideoReformatter) -> np.ndarray:
    """Return a frame with its rotation applied, (H, W, 3) uint8, RGB."""
    image = converter.reformat(frame, format='rgb24').to_ndarray()
    return np.rot90(image, frame.rotation // 90)
