"""TorchCodec's decoder behind the methods of decord's."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from .in_order import Frames
from .probe import NamedBytes, name_of


def import_torchcodec() -> object:
    """Return ``torchcodec.decoders``.

    Raises:
        ImportError: If TorchCodec is missing, or does not fit torch or FFmpeg.
    """
    try:
        from torchcodec import decoders
    except (ImportError, OSError, RuntimeError) as error:
        raise ImportError(
            'this needs FFmpeg, and the package torchcodec in the version that is made '
            f'for the installed torch: {error}'
        ) from error
    return decoders


class TorchCodecReader:
    """Reads frames by TorchCodec, each at its place in the file.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.
        num_threads (int): Threads that decode; 0 leaves it to FFmpeg.
    """

    def __init__(self, source: str | NamedBytes, num_threads: int) -> None:
        self._name = name_of(source)
        self._decoder = import_torchcodec().VideoDecoder(
            io.BytesIO(source) if isinstance(source, bytes) else source,
            dimension_order='NHWC',
            num_ffmpeg_threads=num_threads,
            seek_mode='exact',
        )

    def __len__(self) -> int:
        """Return the number of frames, counted."""
        return len(self._decoder)

    def get_avg_fps(self) -> float:
        """Return the frames per second that the file tells."""
        return self._decoder.metadata.average_fps

    def get_batch(self, indices: Sequence[int]) -> Frames:
        """Return frames, (N, H, W, 3) uint8, RGB.

        Raises:
            RuntimeError: If one cannot be decoded; the message names the file.
        """
        try:
            batch = self._decoder.get_frames_at(np.asarray(indices).tolist())
        except (RuntimeError, IndexError) as error:
            message = f'TorchCodec cannot decode {self._name}: {error}'
            raise RuntimeError(message) from error
        return batch.data.numpy().view(Frames)
