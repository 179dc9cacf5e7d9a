"""Random draws that depend on what is drawn for, and on nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler


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

    @property
    def seed(self) -> int:
        """A seed, 63 bits, for what is drawn for the sample once it is loaded."""
        words = np.random.SeedSequence((*self.entropy, 1)).generate_state(1, np.uint64)
        return int(words[0] >> 1)

    @classmethod
    def of_draw(cls, index: int, *entropy: int) -> SeededIndex:
        """Make the index of a draw: its ``entropy`` and the index itself."""
        seeded = cls(index)
        seeded.entropy = (*entropy, index)
        return seeded


class SeededBatches(Sampler):
    """Another batch sampler's batches, of :class:`SeededIndex`.

    Args:
        batches (Sampler): The other batch sampler. It must give the same batches in the
            same epoch, as those do whose ``sampler`` is mmengine's ``DefaultSampler``.

    Attributes:
        seed (int): Of the run.
        epoch (int): The current one, 0 or above.
        start (int): How many batches to leave out, because they have had their turn.
    """

    def __init__(self, batches: Sampler) -> None:
        self.batches = batches
        self.sampler = batches.sampler
        self.batch_size = batches.batch_size
        self.seed = self.epoch = self.start = 0

    def __iter__(self) -> Iterator[list[SeededIndex]]:
        """Iterate over what is left of the epoch."""
        for batch in islice(self.batches, self.start, None):
            yield [SeededIndex.of_draw(i, self.seed, 0, self.epoch) for i in batch]

    def __len__(self) -> int:
        """Number of batches of a whole epoch."""
        return len(self.batches)


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
        if not isinstance(index, SeededIndex):
            return self.dataset[index]
        seed_generators(*index.entropy)
        sample = self.dataset[int(index)]
        if isinstance(sample, dict) and 'data_samples' in sample:
            sample['data_samples'].set_metainfo(dict(draw_seed=index.seed))
        return sample

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        """Be asked what the other data set knows, such as its ``metainfo``."""
        if name == 'dataset' or name.startswith('__'):  # while it is unpickled
            raise AttributeError(name)
        return getattr(self.dataset, name)


def seed_samples(dataloader: DataLoader) -> SeededBatches:
    """Let a data loader seed before each sample.

    Args:
        dataloader (DataLoader): Not yet iterated over; changed in place.

    Returns:
        SeededBatches: Its new source of batches.

    Raises:
        TypeError: If its sampler has no seed, or it makes no batches.
    """
    batches = dataloader.batch_sampler
    sampler = getattr(batches, 'sampler', dataloader.sampler)
    if batches is None or not hasattr(sampler, 'seed'):
        raise TypeError(
            'samples are seeded by their index, in batches: needs a batch sampler, and '
            "a sampler with a seed, as mmengine's DefaultSampler; got "
            f'{type(batches).__name__} and {type(sampler).__name__}'
        )
    # A loader refuses to be changed once it is built; it has not been iterated yet.
    seeded = SeededBatches(batches)
    vars(dataloader).update(
        batch_sampler=seeded, dataset=SeededDataset(dataloader.dataset)
    )
    return seeded
