"""Choose the settings of a run from its videos, each with a reason."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from joblib import cpu_count

from ...models.recognizers.recipe import read_recipe
from .networks import CLIP_LEN, SIZES, Size

WHOLE = 'whole'
"""A value of stride: the frames of a clip are spread over the whole video."""
MAX_STRIDE = 4
MAX_CLIPS = 4
MAX_EPOCHS = 200
MIN_VIDEOS = 2
GIB_PER_VIDEO = dict(
    r3d_18=0.16,
    mc3_18=0.2,
    r2plus1d_18=0.36,
    inception_i3d=0.2,
    vcop_c3d=0.2,
    vcop_r3d=0.16,
    vcop_r2plus1d=0.36,
)
"""GPU memory of a training step with both paths of a video, in bfloat16, at full size.
Measured for VCOPR3D and VCOPR2Plus1D (docs/costs.md); the others are set by
similarity."""


@dataclass(frozen=True)
class Choice:
    """A chosen value and the reason."""

    value: Any
    reason: str


Plan = Mapping[str, Choice]


def plan_pretraining(
    lengths: Sequence[int], asked: Mapping[str, Any], memory: float | None
) -> Plan:
    """Choose all settings of pretraining.

    Args:
        lengths (Sequence[int]): Frames of each video.
        asked (Mapping[str, Any]): Settings given by the user: ``backbone``, ``recipe``,
            ``init``, and optionally ``size``, ``epochs``, ``batch_size``, ``lr``.
        memory (float, optional): GPU memory in GiB; None on a CPU.

    Returns:
        Plan: ``size``, ``batch_size``, ``lr``, ``epochs``, ``stride``, ``clips`` of a
        video in testing, and ``workers``. The stride is a number of frames, or
        ``'whole'``.

    Raises:
        ValueError: If a value is out of range, or there are too few videos.
    """
    if len(lengths) < MIN_VIDEOS:
        raise ValueError(
            f'pretraining needs {MIN_VIDEOS} or more videos, there are {len(lengths)}: '
            'add videos'
        )
    _check(asked)
    chosen = dict(size=choose_size(asked, memory))
    size = SIZES[chosen['size'].value]
    chosen['batch_size'] = _batch_size(len(lengths), asked, size, memory)
    batch_size = chosen['batch_size'].value
    chosen['lr'] = _lr(asked, size, batch_size)
    chosen['epochs'] = _epochs(len(lengths), asked.get('epochs'), size, batch_size)
    chosen['stride'] = choose_stride(lengths)
    chosen['clips'] = choose_clips(lengths, chosen['stride'].value)
    chosen['workers'] = _workers()
    return chosen


def gpu_memory() -> float | None:
    """Return the memory of the GPU in GiB, None without one."""
    if not torch.cuda.is_available():
        return None
    return torch.cuda.get_device_properties(0).total_memory / 2**30


def choose_stride(lengths: Sequence[int]) -> Choice:
    """Choose the stride between the frames of a clip.

    Args:
        lengths (Sequence[int]): Frames of each video.

    Returns:
        Choice: 1 to 4 frames, or ``'whole'``.
    """
    short = float(np.percentile(lengths, 25))
    stride = int(short) // CLIP_LEN
    told = f'a quarter of the videos have {short:.0f} frames or fewer'
    if stride < 2 and np.percentile(lengths, 75) < 3 * CLIP_LEN:
        return Choice(WHOLE, f'clips of {CLIP_LEN} frames show the whole video: {told}')
    stride = min(max(stride, 1), MAX_STRIDE)
    return Choice(stride, f'{CLIP_LEN} frames of a clip, {stride} apart: {told}')


def choose_clips(lengths: Sequence[int], stride: int | str) -> Choice:
    """Choose the number of clips of a video in testing, so that clips differ.

    Args:
        lengths (Sequence[int]): Frames of each video.
        stride (int | str): From :func:`choose_stride`.

    Returns:
        Choice: 1 to 4 clips; neighbors share at most half of their frames.
    """
    if stride == WHOLE:
        return Choice(1, 'it shows the whole video')
    span, usual = CLIP_LEN * stride, int(np.median(lengths))
    clips = 1 + max(0, usual - span) // (span // 2)
    reason = f'for each video in a test: half of the videos have {usual} frames or fewer'
    return Choice(min(clips, MAX_CLIPS), reason)


def _check(asked: Mapping[str, Any]) -> None:
    for name, lowest in dict(epochs=0, batch_size=2, lr=0, seed=0).items():
        value = asked.get(name)
        if value is not None and (value < lowest or not math.isfinite(value)):
            raise ValueError(f'--{name.replace("_", "-")} must be {lowest} or more')
    if asked.get('lr') == 0:
        raise ValueError('--lr must be above 0')
    if asked.get('epochs') == 0 and not asked.get('init'):
        raise ValueError('--epochs 0 leaves a network of random weights: give --init too')


def choose_size(asked: Mapping[str, Any], memory: float | None) -> Choice:
    """Choose the size of clips and network; arguments as in :func:`plan_pretraining`."""
    if asked.get('size'):
        return Choice(asked['size'], 'as given')
    if asked.get('init'):
        return Choice('full', 'the initial weights are of full width')
    if memory is None:
        return Choice(
            'small',
            'there is no GPU: 1/8 of the width at 56 pixels trains on a CPU',
        )
    return Choice('full', 'there is a GPU: published width, at 112 pixels')


def _batch_size(
    videos: int, asked: Mapping[str, Any], size: Size, memory: float | None
) -> Choice:
    if asked.get('batch_size'):
        return Choice(asked['batch_size'], 'as given')
    most, reason = size.batch_size, 'as the recipe was measured'
    if memory and size.width == 1:
        room = int(0.8 * memory / GIB_PER_VIDEO[asked['backbone']]) // 8 * 8
        if room < most:
            most, reason = max(room, 8), f'as the GPU has {memory:.0f} GiB'
    if videos < most:
        most, reason = videos, f'there are {videos} videos'
    return Choice(most, reason)


def _lr(asked: Mapping[str, Any], size: Size, batch_size: int) -> Choice:
    if asked.get('lr'):
        return Choice(asked['lr'], 'as given')
    from_recipe = read_recipe(asked['recipe'])
    adam = from_recipe.optim_wrapper.optimizer.type == 'AdamW'
    given = size.lr if adam else from_recipe.optim_wrapper.optimizer.lr
    scale = min(1, batch_size / size.batch_size)
    scale = math.sqrt(scale) if adam else scale
    reason = f'as the recipe was measured with batches of {size.batch_size}'
    if scale < 1:
        reason += ', lowered for smaller ones'
    return Choice(float(f'{given * scale:.2g}'), reason)


def _epochs(videos: int, asked: int | None, size: Size, batch_size: int) -> Choice:
    each = math.ceil(videos / batch_size)
    if asked is not None:
        reason = f'as given; {asked * each:,} iterations in all'
        few = 0 < asked * each < size.iterations / 2
        return Choice(asked, reason + f', {size.iterations:,} are usual' * few)
    epochs = math.ceil(size.iterations / each)
    if size.width == 1:
        epochs = max(epochs, MAX_EPOCHS)  # as published methods train on UCF101
    return Choice(epochs, f'{epochs * each:,} iterations in all')


def _workers() -> Choice:
    cores = cpu_count()
    workers = min(8, max(1, cores - 1)) if torch.cuda.is_available() else min(2, cores)
    return Choice(workers, f'there are {cores} CPU cores')
