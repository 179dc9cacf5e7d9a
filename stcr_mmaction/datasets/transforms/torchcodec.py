"""Decode videos by TorchCodec instead of decord."""

from __future__ import annotations

from mmaction.datasets.transforms import DecordDecode, DecordInit
from mmaction.registry import TRANSFORMS

from ...videos import open_video
from ...videos.torchcodec_reader import TorchCodecReader, import_torchcodec


@TRANSFORMS.register_module()
class TorchCodecInit(DecordInit):
    """Open a video by TorchCodec, instead of ``DecordInit``.

    TorchCodec is maintained by PyTorch. It uses the FFmpeg of the system, so it decodes
    all its formats, including AV1. A file in which it cannot seek correctly is read from
    its first frame on.

    Required keys: ``filename``, a path. Added keys: ``video_reader``, ``total_frames``,
    ``avg_fps``.

    Args:
        num_threads (int): Decoding threads; with 0 FFmpeg decides. Defaults to 1.

    Raises:
        ImportError: If TorchCodec is missing, or not compatible with torch or FFmpeg.
        ValueError: For a sample: if the file is not a video; the message names it.
    """

    def __init__(self, num_threads: int = 1) -> None:
        import_torchcodec()
        super().__init__(num_threads=num_threads)

    def _get_video_reader(self, filename: str) -> object:
        return open_video(filename, self.num_threads, TorchCodecReader)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(num_threads={self.num_threads})'


@TRANSFORMS.register_module()
class TorchCodecDecode(DecordDecode):
    """Decode the sampled frames, instead of ``DecordDecode``.

    Required keys: ``video_reader``, ``frame_inds``. Added keys: ``imgs``, a list of
    (H, W, 3) uint8 arrays, RGB; ``original_shape`` and ``img_shape``, (H, W).

    Raises:
        RuntimeError: For a sample: if a frame cannot be decoded; the message names the
            video.
    """

    def __init__(self) -> None:
        super().__init__(mode='accurate')

    def __repr__(self) -> str:
        return f'{type(self).__name__}()'
