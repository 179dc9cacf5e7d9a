"""Videos shorter than a clip: refuse them, or fill the clip by reflection."""

from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


@TRANSFORMS.register_module()
class CheckVideoLength(BaseTransform):
    """Refuse videos that are too short for the clips sampled from them.

    If a clip is longer than a video, ``SampleFrames`` silently fills it with frames from
    the start (``out_of_bound_opt='loop'``), which makes a cut, or with the last frame.
    Put this transform after it.

    Required keys: ``total_frames``, and ``clip_len`` and ``frame_interval`` unless
    ``min_frames`` is given.

    Args:
        min_frames (int, optional): Smallest number of frames. Defaults to None: clip_len
            * frame_interval, so that no clip is filled.

    Raises:
        ValueError: If ``min_frames`` is below 1. For a sample: if the video is shorter;
            the message names it.
    """

    def __init__(self, min_frames: int | None = None) -> None:
        if min_frames is not None and min_frames < 1:
            raise ValueError(f'min_frames must be 1 or more, got {min_frames}')
        self.min_frames = min_frames

    def transform(self, results: dict) -> dict:
        """Check, and return the results unchanged."""
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
    """Fill clips longer than the video by reflection: play it backwards, then forwards.

    This avoids a still part (as with ``out_of_bound_opt='repeat_last'``) and a cut (as
    with ``'loop'``). But a part of the clip is reversed, so do not use it for tasks that
    learn the direction of time, or with the temporal flip. Put it after
    ``SampleFrames(out_of_bound_opt='repeat_last')``.

    Required keys: ``frame_inds`` (num_clips * clip_len,), ``clip_len``,
    ``frame_interval``, ``num_clips``, ``total_frames``; ``start_index``, if there is one.
    Modified key: ``frame_inds``.

    Raises:
        ValueError: For a sample: if its frames are not evenly spaced up to the end of the
            video, as after looping or ``temporal_jitter``.

    Examples:
        >>> clip = dict(num_clips=1, clip_len=6, frame_interval=1)
        >>> sampled = dict(clip, total_frames=4, frame_inds=np.array([0, 1, 2, 3, 3, 3]))
        >>> ReflectOverrun()(sampled)['frame_inds'].tolist()
        [0, 1, 2, 3, 2, 1]
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
        # A triangle wave between 0 and the last frame.
        period = max(1, 2 * last)
        wave = wanted % period
        results['frame_inds'] = (np.minimum(wave, 2 * last - wave) + start).ravel()
        return results
