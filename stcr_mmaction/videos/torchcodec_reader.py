"""TorchCodec's decoder with the interface of decord's."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np

from .in_order import Frames
from .probe import NamedBytes, name_of


def import_torchcodec() -> object:
    """Return ``torchcodec.decoders``.

    Raises:
        ImportError: If TorchCodec is missing, or not compatible with torch or FFmpeg.
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
    """Reads frames by TorchCodec, by their exact index.

    Args:
        source (str | NamedBytes): Path of the file, or its content.
        num_threads (int): Decoding threads; with 0 FFmpeg decides.
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
        """Return the counted number of frames."""
        return len(self._decoder)

    def get_avg_fps(self) -> float:
        """Return the frames per second according to the file."""
        return self._decoder.metadata.average_fps

    def get_batch(self, indices: Sequence[int]) -> Frames:
        """Return frames, (N, H, W, 3) uint8, RGB.

        Raises:
            RuntimeError: If a frame cannot be decoded; the message names the file.
        """
        try:
            batch = self._decoder.get_frames_at(np.asarray(indices).tolist())
        except (RuntimeError, IndexError) as error:
            message = f'TorchCodec cannot decode {self._name}: {error}'
            raise RuntimeError(message) from error
        return batch.data.numpy().view(Frames)
