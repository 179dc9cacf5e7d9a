"""Time two functions in turn."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch

WARM_UP = 2


class Row(NamedTuple):
    """A line of the table.

    Attributes:
        name (str): What is measured.
        reference (str): What it is measured against.
        what (str): The data.
        ratio (float): The median over the rounds.
        quartiles (tuple[float, float]): Quartiles over the rounds.
        aim (float): Largest acceptable ratio.
        reference_figure (str): Result of the reference, with its unit.
        note (str): A remark, if needed.
    """

    name: str
    reference: str
    what: str
    ratio: float
    quartiles: tuple[float, float]
    aim: float
    reference_figure: str
    note: str = ''


def compare(
    names: tuple[str, str],
    run: Callable,
    reference: Callable,
    aim: float,
    rounds: int,
    what: str,
    device: str = 'cpu',
) -> Row:
    """Time two functions in turn, so that other load affects both."""
    ratios, times = [], []
    for number in range(rounds + WARM_UP):
        ours, theirs = timed(run, device), timed(reference, device)
        if number >= WARM_UP:
            ratios.append(ours / theirs)
            times.append(theirs)
    low, median, high = statistics.quantiles(ratios, n=4)
    took = f'{1e3 * statistics.median(times):.2f} ms'
    return Row(*names, what, median, (low, high), aim, took)


def timed(function: Callable, device: str) -> float:
    """Return the seconds of a call, including its kernels on the device."""
    synchronize(device)
    start = time.perf_counter()
    function()
    synchronize(device)
    return time.perf_counter() - start


def synchronize(device: str) -> None:
    """Wait for the device."""
    if device != 'cpu':
        torch.cuda.synchronize()


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute in one thread, as a worker of a data loader does."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
