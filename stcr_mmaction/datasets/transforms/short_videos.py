"""Videos that are shorter than a clip: refuse them, or fill the clip back and forth."""

from __future__ import annotations

import numpy as np
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


@TRANSFORMS.register_module()
class ReflectOverrun(BaseTransform):
    """Go back from the end of a video where a clip runs over it, and forth again.

    Of the ways to fill a clip this is the one without a standstill (``out_of_bound_opt=
    'repeat_last'``) and without a cut (``'loop'``), but a part of the clip is reversed:
    not for tasks that learn the direction of time, nor for the temporal flip. Put it
    behind ``SampleFrames(out_of_bound_opt='repeat_last')``.

    Required keys: ``frame_inds`` (num_clips * clip_len,), ``clip_len``,
    ``frame_interval``, ``num_clips``, ``total_frames``; ``start_index``, if there is one.
    Modified key: ``frame_inds``.

    Raises:
        ValueError: For a sample: if its clips are not evenly spaced up to the last frame
            of the video, so that they were looped, or drawn with ``temporal_jitter``.
    """

    def transform(self, results: dict) -> dict:
        """Reflect the indices of the frames."""
        start, last = results.get('start_index', 0), results['total_frames'] - 1
        given = results['frame_inds'].reshape(results['num_clips'], -1) - start
        steps = np.arange(results['clip_len']) * results['frame_interval']
        wanted = given[:, :1] + steps
        ends = np.where(wanted <= last, wanted, 0).max(axis=1, keepdims=True)
        if (given != np.minimum(wanted, ends)).any():
            name = results.get('filename') or results.get('frame_dir')
            raise ValueError(
                f'clips of {name!r} are not evenly spaced up to its end: ReflectOverrun '
                "goes behind SampleFrames(out_of_bound_opt='repeat_last') without "
                'temporal_jitter'
            )
        # A wave that rises from 0 to the last frame and falls back to 0.
        period = max(1, 2 * last)
        wave = wanted % period
        results['frame_inds'] = (np.minimum(wave, 2 * last - wave) + start).ravel()
        return results
