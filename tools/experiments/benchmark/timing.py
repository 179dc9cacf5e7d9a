"""Two functions in turn, and the ratio of their times."""

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
        what (str): On which data.
        ratio (float): The median over the rounds.
        quartiles (tuple[float, float]): Of the rounds.
        aim (float): What it should not be above.
        reference_figure (str): That of the reference, with its unit.
        note (str): What is missing, if something is.
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
    """Time two functions in turn, so that what the machine does else hits both."""
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
    """Return the seconds that a call takes, its kernels on the device included."""
    synchronize(device)
    start = time.perf_counter()
    function()
    synchronize(device)
    return time.perf_counter() - start


def synchronize(device: str) -> None:
    """Wait for what has been given to a device."""
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
