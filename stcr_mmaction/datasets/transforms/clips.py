"""Between MMAction2's list of frames and a tensor of clips."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def read_clips(results: dict) -> Tensor:
    """Stack the frames of a pipeline's results to clips.

    Args:
        results (dict): With ``imgs``, a list or an array of num_clips * clip_len frames
            (H, W, C), and with ``num_clips`` if there are several clips.

    Returns:
        Tensor: (num_clips, T, H, W, C), dtype of the frames; shares the memory of an
        array, and has its own if there was a list.
    """
    frames = results['imgs']
    if not isinstance(frames, np.ndarray):
        frames = np.stack(frames)
    clips = torch.from_numpy(np.ascontiguousarray(frames))
    return clips.unflatten(0, (results.get('num_clips', 1), -1))


def check_untransformed(results: dict) -> None:
    """Refuse clips whose transformation in space and time has been noted already.

    Args:
        results (dict): Of a pipeline.

    Raises:
        ValueError: If it has ``transform_codes``.
    """
    if 'transform_codes' in results:
        raise ValueError(
            f'the clips have transform_codes={results["transform_codes"]} already, '
            'which would no longer be true of them: use SpatioTemporalTransform once, '
            'and with SiamesePaths in the noise path of it'
        )


def as_frames(clips: Tensor) -> np.ndarray:
    """Turn clips back to frames.

    Args:
        clips (Tensor): (num_clips, T, H, W, C).

    Returns:
        np.ndarray: (num_clips * T, H, W, C), contiguous.
    """
    return clips.flatten(0, 1).contiguous().numpy()
