"""decord's reader, with a clear error for frames that it cannot return."""

from __future__ import annotations

import io
from collections.abc import Sequence

import decord
import numpy as np

from .in_order import Frames
from .probe import NamedBytes, name_of


class DecordReader(decord.VideoReader):
    """``decord.VideoReader`` that refuses frames without three channels.

    For some widths, such as 48, decord returns frames with a fourth channel. For a batch
    of them it raises an error about sizes; it returns a single frame.

    Args:
        source (str | NamedBytes): Path of the file, or its content.
        num_threads (int): Decoding threads.
    """

    def __init__(self, source: str | NamedBytes, num_threads: int) -> None:
        self._name = name_of(source)
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        super().__init__(file, num_threads=num_threads)

    def get_batch(self, indices: Sequence[int]) -> decord.nd.NDArray | Frames:
        """Return frames, (N, H, W, 3) uint8, RGB, in any order, also repeated.

        Each frame is decoded once, in the order of the file. decord would seek back for
        each clip that begins before the end of the previous one.
        """
        wanted, places = np.unique(np.asarray(indices), return_inverse=True)
        try:
            frames = super().get_batch(wanted)
        except decord.DECORDError as error:
            if 'size must exactly match' in str(error):
                raise self._refusal() from error
            raise
        if np.array_equal(wanted, indices):
            return frames
        return frames.asnumpy()[places].view(Frames)

    def next(self) -> object:
        """Return the next frame, (H, W, 3)."""
        frame = super().next()
        if frame.shape[-1] != 3:
            raise self._refusal()
        return frame

    def _refusal(self) -> RuntimeError:
        return RuntimeError(
            f'{self._name} has a width that decord {decord.__version__} does not decode '
            'to three channels: make a copy of another width, such as 64 '
            '(`--short-side` of the preparation tools), or use TorchCodecInit'
        )
