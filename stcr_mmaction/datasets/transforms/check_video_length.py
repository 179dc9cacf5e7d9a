"""A policy for videos that are too short."""

from __future__ import annotations

from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class CheckVideoLength(BaseTransform):
    """Refuse videos that are too short for the clips sampled from them.

    ``SampleFrames`` fills a clip that runs over the end of a short video by frames from
    its start (``out_of_bound_opt='loop'``), which plants a cut in the clip, or by its
    last frame. Both are silent. Put this behind it.

    Required keys: ``total_frames``, and ``clip_len`` and ``frame_interval`` unless
    ``min_frames`` is given.

    Args:
        min_frames (int, optional): Fewest frames a video must have. Defaults to None:
            clip_len * frame_interval, so that no clip is filled.

    Raises:
        ValueError: If ``min_frames`` is below 1. For a sample: if the video is shorter;
            the message names it.
    """

    def __init__(self, min_frames: int | None = None) -> None:
        if min_frames is not None and min_frames < 1:
            raise ValueError(f'min_frames must be 1 or more, got {min_frames}')
        self.min_frames = min_frames

    def transform(self, results: dict) -> dict:
        """Check, and return the results as they came."""
        needed = self.min_frames or results['clip_len'] * results['frame_interval']
        found = results['total_frames']
        if found < needed:
            name = results.get('filename') or results.get('frame_dir')
            raise ValueError(
                f'video {name!r} has {found} frames, fewer than the {needed} needed: '
                'shorten clip_len or frame_interval, take the video off the annotation '
                'file, or allow filled clips by CheckVideoLength(min_frames=...)'
            )
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}(min_frames={self.min_frames})'
