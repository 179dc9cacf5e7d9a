"""decord's reader, which says what it cannot hand over."""

from __future__ import annotations

import io
from collections.abc import Sequence

import decord
import numpy as np

from .in_order import Frames
from .probe import NamedBytes, name_of


class DecordReader(decord.VideoReader):
    """``decord.VideoReader`` that refuses frames which do not have three colours.

    Of some widths, such as 48, frames come with a fourth channel: a batch of them is an
    error about sizes, a single one is handed over.

    Args:
        source (str | NamedBytes): The file's path, or all it holds.
        num_threads (int): Threads that decode.
    """

    def __init__(self, source: str | NamedBytes, num_threads: int) -> None:
        self._name = name_of(source)
        file = io.BytesIO(source) if isinstance(source, bytes) else source
        super().__init__(file, num_threads=num_threads)

    def get_batch(self, indices: Sequence[int]) -> Frames:
        """Return frames, (N, H, W, 3) uint8, RGB, in any order; some perhaps twice.

        Each is decoded once, and in the order of the file: decord would go back for each
        clip that begins before the end of the one before.
        """
        wanted, places = np.unique(np.asarray(indices), return_inverse=True)
        try:
            frames = super().get_batch(wanted).asnumpy()
        except decord.DECORDError as error:
            if 'size must exactly match' in str(error):
                raise self._refusal() from error
            raise
        if not np.array_equal(wanted, indices):
            frames = frames[places]
        return frames.view(Frames)

    def next(self) -> object:
        """Return the next frame, (H, W, 3)."""
        frame = super().next()
        if frame.shape[-1] != 3:
            raise self._refusal()
        return frame

    def _refusal(self) -> RuntimeError:
        return RuntimeError(
            f'{self._name} is of a width that decord {decord.__version__} does not hand '
            'over in three colours: make a copy of another width, such as 64 '
            '(`--short-side` of the preparation tools), or use TorchCodecInit'
        )
