"""Fill clips of short videos by playing them back and forth."""

from __future__ import annotations

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform


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
