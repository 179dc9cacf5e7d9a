"""Measure the time and memory of training steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from stcr_mmaction.models.recognizers.recipe import RECOMMENDED

from .timing import Row, compare, synchronize

BACKBONE = dict(type='VCOPR3D')


def compare_steps(device: str, batch_size: int, size: int) -> Iterator[Row]:
    """Compare steps of STCR with steps of a stock recognizer, and other formats."""
    rounds = 12 if device == 'cpu' else 30
    what = f'VCOPR3D, {batch_size} x 2 clips 16x{size}x{size}'
    views, samples = make_batch(batch_size, size, device)
    clean, noise = views[:, :1].contiguous(), views[:, 1:].contiguous()
    stcr, channels_last = (build_stcr(size, device) for _ in range(2))
    channels_last.to(memory_format=torch.channels_last_3d)
    stock = build_stock(device)

    def ours(model: torch.nn.Module = stcr) -> None:
        step(model, views, samples)

    def ours_in_half() -> None:
        with torch.autocast(device, torch.bfloat16):
            step(stcr, views, samples)

    def two_stock_steps() -> None:
        step(stock, clean, samples)
        step(stock, noise, samples)

    def stock_step_of_two_clips() -> None:
        step(stock, torch.cat([clean, noise]), samples * 2)

    comparisons = [
        (('STCR step', 'two Recognizer3D steps'), ours, two_stock_steps, 1.05),
        (('channels last', 'STCR step'), lambda: ours(channels_last), ours, 1.0),
    ]
    if device != 'cpu':  # half precision is slow on most CPUs
        comparisons.append((('bfloat16', 'STCR step'), ours_in_half, ours, 1.0))
    for names, run, reference, aim in comparisons:
        yield compare(names, run, reference, aim, rounds, what, device)
    if device != 'cpu':
        yield compare_memory(ours, stock_step_of_two_clips, what, device)


def compare_memory(run: Callable, reference: Callable, what: str, device: str) -> Row:
    """Compare the peak memory of an STCR step and a stock step with as many clips."""
    peaks = [measure_peak(function, device) for function in (run, reference)]
    ratio = peaks[0] / peaks[1]
    names = 'peak memory of an STCR step', 'of a stock step of two clips a video'
    took = f'{peaks[1] / 2**30:.2f} GiB'
    return Row(*names, what, ratio, (ratio, ratio), 1.05, took)


def measure_peak(function: Callable, device: str) -> int:
    """Return the peak memory of a call on the device, in bytes."""
    function()
    synchronize(device)
    torch.cuda.reset_peak_memory_stats()
    function()
    synchronize(device)
    return torch.cuda.max_memory_allocated()


def build_stcr(size: int, device: str) -> torch.nn.Module:
    """Build the recommended model."""
    preprocessor = dict(type='ActionDataPreprocessor', format_shape='NCTHW')
    model = dict(
        type='STCR',
        recipe=RECOMMENDED,
        clip_shape=(16, size, size),
        backbone=BACKBONE,
        data_preprocessor=preprocessor,
    )
    return MODELS.build(model).to(device)


def build_stock(device: str) -> torch.nn.Module:
    """Build a recognizer of MMAction2 with the same backbone."""
    cls_head = dict(type='I3DHead', num_classes=101, in_channels=512)
    model = dict(type='Recognizer3D', backbone=BACKBONE, cls_head=cls_head)
    return MODELS.build(model).to(device)


def make_batch(batch_size: int, size: int, device: str) -> tuple[torch.Tensor, list]:
    """Make two-path clips (N, 2, 3, 16, size, size) and their samples."""
    views = torch.rand(batch_size, 2, 3, 16, size, size, device=device)
    samples = [
        ActionDataSample(metainfo=dict(transform_codes=[0])).set_gt_label(n)
        for n in range(batch_size)
    ]
    return views, samples


def step(model: torch.nn.Module, inputs: torch.Tensor, samples: list) -> None:
    """Run forward and backward."""
    model.zero_grad()
    losses = model(inputs, samples, mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
