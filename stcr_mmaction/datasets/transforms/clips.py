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
        Tensor: (num_clips, C, T, H, W), dtype of the frames; shares the memory of an
        array, and has its own if there was a list.
    """
    frames = results['imgs']
    if not isinstance(frames, np.ndarray):
        frames = np.stack(frames)
    clips = torch.from_numpy(np.ascontiguousarray(frames))
    return clips.unflatten(0, (results.get('num_clips', 1), -1)).permute(0, 4, 1, 2, 3)


def as_frames(clips: Tensor) -> np.ndarray:
    """Turn clips (num_clips, C, T, H, W) to frames (num_clips * T, H, W, C)."""
    return clips.permute(0, 2, 3, 4, 1).flatten(0, 1).numpy()
