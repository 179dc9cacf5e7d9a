"""Shuffle clips or frames: the labels of order pretext tasks.

These work on frame indices, before decoding, so that both paths of :class:`SiamesePaths`
have the same order.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_choice

TASKS = dict(order='clip_order', verification='clips_in_order')
"""Tasks of :class:`ShuffleClips`, and the keys of their labels."""

SKIPPED = 'skipped'
"""Key of a list of reasons why a transform returned None."""


@TRANSFORMS.register_module()
class SampleClipTuple(SampleFrames):
    """Sample consecutive clips with a fixed gap, from a random start.

    (``SampleFrames`` draws each of several clips from its own part of the video, so that
    their distances vary and they may overlap.)

    Required keys: ``total_frames``, ``start_index``. Added keys: ``frame_inds``,
    ``clip_len``, ``frame_interval``, ``num_clips``.

    Args:
        clip_len (int): Frames of a clip.
        frame_interval (int): Step between the frames of a clip. Defaults to 1.
        num_clips (int): Clips in the tuple. Defaults to 3.
        clip_gap (int): Frames between two clips, 0 or more. Defaults to 8.
        too_short (str): What to do with a video that is shorter than the tuple:
            ``'raise'`` an error, or ``'skip'`` it. A training data set then draws another
            video, and a :class:`CheckedVideoDataset` notes the reason. Defaults to
            'raise'.
        test_mode (bool): Whether to sample from the middle of the video. Defaults to
            False.

    Raises:
        ValueError: If a size is out of range or ``too_short`` unknown. For a sample: if
            the video is too short; the message names it.

    Source: Xu et al., CVPR 2019, whose lists leave out videos that are too short: 3 clips
        of 16 frames with gaps of 8, so 64 frames.
    """

    def __init__(
        self,
        clip_len: int,
        frame_interval: int = 1,
        num_clips: int = 3,
        clip_gap: int = 8,
        too_short: str = 'raise',
        test_mode: bool = False,
    ) -> None:
        super().__init__(clip_len, frame_interval, num_clips, test_mode=test_mode)
        if min(clip_len, frame_interval, num_clips) < 1 or clip_gap < 0:
            raise ValueError(
                'SampleClipTuple needs clip_len, frame_interval and num_clips of 1 or '
                f'more and clip_gap of 0 or more, got {clip_len}, {frame_interval}, '
                f'{num_clips} and {clip_gap}'
            )
        check_choice('too_short', too_short, ('raise', 'skip'))
        self.too_short = too_short
        self.clip_gap = clip_gap
        self.clip_distance = (clip_len - 1) * frame_interval + 1 + clip_gap
        self.num_frames = num_clips * self.clip_distance - clip_gap

    def transform(self, results: dict) -> dict | None:
        """Draw the start and list the frames."""
        found = results['total_frames']
        if found >= self.num_frames:
            return super().transform(results)
        name = results.get('filename') or results.get('frame_dir')
        reason = (
            f'video {name!r} has {found} frames, fewer than the {self.num_frames} of '
            f'{self.num_clips} clips with gaps: shorten clip_len or clip_gap of '
            'SampleClipTuple'
        )
        if self.too_short == 'skip':
            results.setdefault(SKIPPED, []).append(reason)
            return None
        raise ValueError(f"{reason}, or leave such videos out by too_short='skip'")

    def _sample_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        """Draw the first frame of each clip."""
        spare = num_frames - self.num_frames
        start = spare // 2 if self.test_mode else np.random.randint(spare + 1)
        return start + np.arange(self.num_clips) * self.clip_distance


@TRANSFORMS.register_module()
class ShuffleClips(BaseTransform):
    """Shuffle the clips of a sample, and note the order as a label.

    Put it between the sampling of frames and the decoding.

    Required keys: ``frame_inds``, ``num_clips``. Modified key: ``frame_inds``. Added key:
    the label, an int, ``clip_order`` or ``clips_in_order``; list it in
    ``PackActionInputs(meta_keys=...)``.

    Args:
        task (str): ``'order'``: all num_clips! orders are equally likely. The label is
            the index among the permutations of 0 to num_clips - 1 in lexicographic order,
            as in ``itertools.permutations``. ``'verification'``: the label is 1 if they
            are in order, else 0. Defaults to 'order'.
        num_clips (int): Clips of a sample, 2 or more. Defaults to 3.
        in_order_prob (float): Probability that they are in order, between 0 and 1; only
            for 'verification'. Defaults to 0.25, the best in Shuffle & Learn. For clips
            of one frame, backwards counts as in order and is as likely as forwards.

    Raises:
        ValueError: If an argument is out of range. For a sample: if the number of clips
            differs, or they are not in order, decoded already or shuffled already.

    Source: Xu et al., CVPR 2019; Misra et al., ECCV 2016.
    """

    def __init__(
        self, task: str = 'order', num_clips: int = 3, in_order_prob: float = 0.25
    ) -> None:
        check_choice('task', task, tuple(TASKS))
        check_share('in_order_prob', in_order_prob)
        check_at_least('num_clips', num_clips, 2)
        self.task = task
        self.num_clips = num_clips
        self.in_order_prob = in_order_prob

    @property
    def labels(self) -> dict[str, range]:
        """The key of the label, and all its possible values."""
        count = math.factorial(self.num_clips) if self.task == 'order' else 2
        return {TASKS[self.task]: range(count)}

    def draw(self, single_frames: bool = False) -> tuple[list[int], int]:
        """Draw an order and its label; clip order[i] moves to position i."""
        if self.task == 'verification':
            in_order = draw_bool(self.in_order_prob)
            return draw_order(self.num_clips, in_order, single_frames), int(in_order)
        orders = list(itertools.permutations(range(self.num_clips)))
        label = np.random.randint(len(orders))
        return list(orders[label]), label

    def transform(self, results: dict) -> dict:
        """Draw an order, apply it, and note the label."""
        (key,) = self.labels
        clips = read_frame_indices(results, key)
        if len(clips) != self.num_clips or (np.diff(clips[:, 0]) <= 0).any():
            raise ValueError(
                f'ShuffleClips needs {self.num_clips} clips that start one after the '
                f'other, but they start at frames {clips[:, 0].tolist()}: sample them by '
                'SampleClipTuple, from videos that are long enough'
            )
        order, label = self.draw(single_frames=clips.shape[1] == 1)
        return {**results, 'frame_inds': clips[order].flatten(), key: label}

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(task={self.task!r}, num_clips={self.num_clips}, '
            f'in_order_prob={self.in_order_prob})'
        )


@TRANSFORMS.register_module()
class ShuffleFrames(BaseTransform):
    """Cut each clip into parts, shuffle some clips, and note which as a label.

    Put it between the sampling of frames and the decoding.

    Required keys: ``frame_inds``, ``num_clips``. Modified key: ``frame_inds``. Added key:
    ``frames_in_order``, a list with 1 for each clip in order and 0 for each other; list
    it in ``PackActionInputs(meta_keys=...)``.

    Args:
        num_parts (int): Parts of a clip, 2 or more, of about equal length. Defaults to 3.
            If it is the number of frames, single frames are shuffled; backwards then
            counts as in order and is as likely as forwards, as in :class:`ShuffleClips`.
        in_order_prob (float): Probability that a clip stays in order, between 0 and 1.
            Defaults to 0.25, the best in Shuffle & Learn.

    Raises:
        ValueError: If an argument is out of range. For a sample: if its clips have fewer
            frames than parts, or are decoded or shuffled already.

    Source: Misra et al., ECCV 2016, whose tuples have three frames; parts of several
        frames are for networks that see all frames of a clip together.
    """

    def __init__(self, num_parts: int = 3, in_order_prob: float = 0.25) -> None:
        check_at_least('num_parts', num_parts, 2)
        check_share('in_order_prob', in_order_prob)
        self.num_parts = num_parts
        self.in_order_prob = in_order_prob
        self.labels = dict(frames_in_order=range(2))

    def transform(self, results: dict) -> dict:
        """Shuffle each clip or not, and note the labels."""
        clips = read_frame_indices(results, 'frames_in_order')
        if clips.shape[1] < self.num_parts:
            raise ValueError(
                f'ShuffleFrames cuts clips into {self.num_parts} parts, but they have '
                f'{clips.shape[1]} frames: give more frames (clip_len) or fewer num_parts'
            )
        in_order = [draw_bool(self.in_order_prob) for _ in clips]
        pairs = zip(clips, in_order, strict=True)
        shuffled = [self._shuffle(clip, stays) for clip, stays in pairs]
        labels = [int(stays) for stays in in_order]
        indices = np.concatenate(shuffled)
        return {**results, 'frame_inds': indices, 'frames_in_order': labels}

    def _shuffle(self, clip: np.ndarray, in_order: bool) -> np.ndarray:
        order = draw_order(self.num_parts, in_order, self.num_parts == len(clip))
        parts = np.array_split(clip, self.num_parts)
        return np.concatenate([parts[number] for number in order])

    def __repr__(self) -> str:
        return (
            f'{type(self).__name__}(num_parts={self.num_parts}, '
            f'in_order_prob={self.in_order_prob})'
        )


def draw_bool(prob: float) -> bool:
    """Draw True with a probability."""
    return bool(np.random.random() < prob)


def draw_order(count: int, in_order: bool, single_frames: bool) -> list[int]:
    """Draw an order of the parts of a video or of single frames.

    Single frames backwards are a temporal flip, which counts as in order.

    Raises:
        ValueError: If two single frames should be out of order, which is impossible.
    """
    straight = list(range(count))
    right = [straight, straight[::-1]] if single_frames else [straight]
    if in_order:
        return right[np.random.randint(len(right))]
    if len(right) == math.factorial(count):
        raise ValueError(
            'two single frames are in order, forwards or backwards: verify the order of '
            'three or more, or of clips with more frames'
        )
    order = straight
    while order in right:
        order = np.random.permutation(count).tolist()
    return order


def read_frame_indices(results: dict, label: str) -> np.ndarray:
    """Return the frame indices (num_clips, clip_len), if shuffling is possible."""
    if 'imgs' in results or 'frame_inds' not in results:
        raise ValueError(
            'clips and frames are shuffled between SampleFrames (or SampleClipTuple) and '
            'the decoding, so that both paths of SiamesePaths share their order: move '
            'the shuffling there'
        )
    if label in results:
        raise ValueError(
            f'{label!r} was drawn already, and a second shuffling would make it wrong: '
            'leave one in the pipeline'
        )
    return np.reshape(results['frame_inds'], (results['num_clips'], -1))


def check_share(name: str, value: float) -> None:
    """Raise a ValueError unless a probability is strictly between 0 and 1."""
    if not 0 < value < 1:
        raise ValueError(f'{name} must be between 0 and 1, both excluded, got {value}')


def check_at_least(name: str, value: int, least: int) -> None:
    """Raise a ValueError if a value is too small."""
    if value < least:
        raise ValueError(f'{name} must be {least} or more, got {value}')
