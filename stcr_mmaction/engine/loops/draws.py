"""Random draws that depend on what is drawn for, and on nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import BatchSampler, DataLoader, Dataset, Sampler


def seed_generators(*entropy: int) -> None:
    """Seed the generators of Python, NumPy and torch, devices included.

    Args:
        *entropy (int): Numbers, 0 or above, that tell this draw from all others.
    """
    words = np.random.SeedSequence(entropy).generate_state(4)
    random.seed(words.tobytes())
    np.random.seed(words)
    torch.manual_seed(int(words[0]) << 32 | int(words[1]))


class SeededIndex(int):
    """The index of a sample, with the seed for what is drawn for it.

    The seed travels with the index to whichever worker is to load the sample.

    Attributes:
        entropy (tuple[int, ...]): For :func:`seed_generators`.
    """

    entropy: tuple[int, ...]

    @classmethod
    def of_draw(cls, index: int, *entropy: int) -> SeededIndex:
        """Make the index of a draw: its ``entropy`` and the index itself."""
        seeded = cls(index)
        seeded.entropy = (*entropy, index)
        return seeded


class SeededSampler(Sampler):
    """Another sampler's indices, as :class:`SeededIndex`.

    Args:
        sampler (Sampler): The other sampler; it must give the same indices in the same
            epoch, as mmengine's ``DefaultSampler`` does.

    Attributes:
        seed (int): Of the run.
        epoch (int): The current one, 0 or above.
        start (int): How many indices to leave out, because they have had their turn.
    """

    def __init__(self, sampler: Sampler) -> None:
        self.sampler = sampler
        self.seed = self.epoch = self.start = 0

    def __iter__(self) -> Iterator[SeededIndex]:
        """Iterate over what is left of the epoch."""
        for index in islice(self.sampler, self.start, None):
            yield SeededIndex.of_draw(index, self.seed, 0, self.epoch)

    def __len__(self) -> int:
        """Length of a whole epoch."""
        return len(self.sampler)


class SeededDataset(Dataset):
    """Another data set that seeds before it draws.

    It goes around all wrappers: to a ``RepeatDataset`` each repetition is a sample of
    its own.

    Args:
        dataset (Dataset): The other data set; its attributes are this one's.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __getitem__(self, index: int) -> Any:
        """Load a sample; what is drawn for a :class:`SeededIndex` is in its seed."""
        if isinstance(index, SeededIndex):
            seed_generators(*index.entropy)
        return self.dataset[int(index)]

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        """Be asked what the other data set knows, such as its ``metainfo``."""
        if name == 'dataset' or name.startswith('__'):  # while it is unpickled
            raise AttributeError(name)
        return getattr(self.dataset, name)


def seed_samples(dataloader: DataLoader) -> SeededSampler:
    """Let a data loader seed before each sample.

    Args:
        dataloader (DataLoader): Not yet iterated over; changed in place.

    Returns:
        SeededSampler: Its new source of indices.

    Raises:
        TypeError: If it has another batch sampler than torch's own, or a sampler
            without a seed.
    """
    batches = dataloader.batch_sampler
    if type(batches) is not BatchSampler or not hasattr(batches.sampler, 'seed'):
        sampler = getattr(batches, 'sampler', dataloader.sampler)
        raise TypeError(
            "samples are seeded by their index, in batches of one size: needs torch's "
            "own BatchSampler and a sampler with a seed, as mmengine's DefaultSampler, "
            f'got {type(batches).__name__} and {type(sampler).__name__}'
        )
    batches.sampler = SeededSampler(batches.sampler)
    # A loader refuses another data set once it is built; it has not been iterated yet.
    vars(dataloader)['dataset'] = SeededDataset(dataloader.dataset)
    return batches.sampler
