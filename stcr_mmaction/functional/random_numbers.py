"""Random numbers as a function of a seed and an index, for all samples at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Integers = TypeVar('Integers', np.ndarray, Tensor)


def hash_numbers(seeds: Integers, places: Integers) -> Integers:
    """Return random numbers at some positions of the sequences of seeds.

    Args:
        seeds (np.ndarray | Tensor): int64, any shape.
        places (np.ndarray | Tensor): int64, 1 or above, a shape that broadcasts.

    Returns:
        np.ndarray | Tensor: int64, all bits random, the same on every device.

    Source: SplitMix64, Steele et al., "Fast Splittable Pseudorandom Number Generators",
        OOPSLA 2014. (NumPy and torch have no generator that takes many seeds at once.)
    """
    bits = seeds + places * -0x61C8864680B583EB
    bits = (bits ^ _shift(bits, 30)) * -0x40A7B892E31B1A47
    bits = (bits ^ _shift(bits, 27)) * -0x6B2FB644ECCEEE15
    return bits ^ _shift(bits, 31)


def uniform_numbers(seeds: Integers, places: Integers) -> Integers:
    """Return uniform random numbers, float64, from 0 to below 1."""
    return _shift(hash_numbers(seeds, places), 11) * 2.0**-53


def normal_images(seeds: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Return an image of white Gaussian noise for each seed, on the seeds' device.

    Args:
        seeds (Tensor): (N,), int64.
        shape (tuple[int, ...]): Shape of an image, such as (C, H, W).

    Returns:
        Tensor: (N, *shape), float32, with mean 0 and standard deviation 1, the same on
        all devices up to rounding.

    Examples:
        >>> images = normal_images(torch.tensor([5, 5, 6]), (3, 8, 8))
        >>> torch.equal(images[0], images[1]), torch.equal(images[0], images[2])
        (True, False)
    """
    count = torch.Size(shape).numel()
    places = torch.arange(1, count + 1, device=seeds.device)
    numbers = uniform_numbers(seeds[:, None], places)
    # Half a step is added, as the quantile of 0 is infinite.
    return torch.special.ndtri(numbers + 2.0**-54).float().unflatten(1, shape)


class RandomNumbers:
    """Random numbers of a batch of samples, determined by the seed of each sample.

    Args:
        seeds (np.ndarray): (number of samples,), int64.
        num_clips (int): Number of clips of each sample.

    Examples:
        >>> alone = RandomNumbers(np.array([7]), num_clips=2).of_clips()
        >>> in_batch = RandomNumbers(np.array([3, 7]), num_clips=2).of_clips()
        >>> np.array_equal(alone, in_batch[2:])  # the same wherever a sample is
        True
    """

    def __init__(self, seeds: np.ndarray, num_clips: int) -> None:
        self.seeds = seeds
        self.num_clips = num_clips
        self.taken = 0

    def of_samples(self, *shape: int) -> np.ndarray:
        """Draw for each sample, repeated for its clips: (N, *shape), 0 to below 1."""
        return np.repeat(self._next(uniform_numbers, *shape), self.num_clips, axis=0)

    def of_clips(self, *shape: int) -> np.ndarray:
        """Draw for each clip: (N, *shape), float64, 0 to below 1."""
        drawn = self._next(uniform_numbers, self.num_clips, *shape)
        return drawn.reshape(-1, *shape)

    def seeds_of_clips(self) -> np.ndarray:
        """Draw a seed for each clip, (N,), int64."""
        return self._next(hash_numbers, self.num_clips).reshape(-1)

    def _next(self, numbers: Callable, *shape: int) -> np.ndarray:
        count = int(np.prod(shape))
        places = np.arange(self.taken + 1, self.taken + count + 1)
        self.taken += count
        return numbers(self.seeds[:, None], places).reshape(-1, *shape)


def _shift(bits: Integers, places: int) -> Integers:
    """Shift right and fill with zeros; the shift of signed integers repeats the sign."""
    return (bits >> places) & ((1 << (64 - places)) - 1)
