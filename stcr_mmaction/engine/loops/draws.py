"""Seed random draws for each sample and iteration."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, Sampler


def seed_generators(*entropy: int, devices: bool = True) -> None:
    """Seed the generators of Python, NumPy and torch.

    Args:
        *entropy (int): Numbers, 0 or above, that identify this draw.
        devices (bool): Whether to seed those of GPUs and other devices, too. Defaults to
            True.
    """
    words = np.random.SeedSequence(entropy).generate_state(4)
    random.seed(words.tobytes())
    np.random.seed(words)
    seed = torch.manual_seed if devices else torch.default_generator.manual_seed
    seed(int(words[0]) << 32 | int(words[1]))


class SeededIndex(int):
    """The index of a sample, with the seed for its random draws.

    The seed is passed with the index to the worker that loads the sample.

    Attributes:
        entropy (tuple[int, ...]): Arguments of :func:`seed_generators`.
    """

    entropy: tuple[int, ...]

    @property
    def seed(self) -> int:
        """A 63-bit seed for draws after the sample is loaded."""
        words = np.random.SeedSequence((*self.entropy, 1)).generate_state(1, np.uint64)
        return int(words[0] >> 1)

    @classmethod
    def of_draw(cls, index: int, *entropy: int) -> SeededIndex:
        """Create an index; ``entropy`` and the index itself make the seed."""
        seeded = cls(index)
        seeded.entropy = (*entropy, index)
        return seeded


class SeededBatches(Sampler):
    """The batches of another batch sampler, as :class:`SeededIndex`.

    Args:
        batches (Sampler): The other batch sampler. It must return the same batches for
            the same epoch, as with mmengine's ``DefaultSampler``.

    Attributes:
        seed (int): Seed of the run.
        epoch (int): The current epoch, 0 or above.
        start (int): Number of batches to skip, because they were used already.
    """

    def __init__(self, batches: Sampler) -> None:
        self.batches = batches
        self.sampler = batches.sampler
        self.batch_size = batches.batch_size
        self.seed = self.epoch = self.start = 0

    def __iter__(self) -> Iterator[list[SeededIndex]]:
        """Iterate over the rest of the epoch."""
        for batch in islice(self.batches, self.start, None):
            yield [SeededIndex.of_draw(i, self.seed, 0, self.epoch) for i in batch]

    def __len__(self) -> int:
        """Number of batches in a whole epoch."""
        return len(self.batches)


class SeededDataset(Dataset):
    """A data set that seeds the generators before it loads a sample.

    It wraps all other wrappers: each repetition of a ``RepeatDataset`` is its own sample.

    Args:
        dataset (Dataset): The wrapped data set; its attributes are forwarded.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def __getitem__(self, index: int) -> Any:
        """Load a sample; with a :class:`SeededIndex`, its seed determines all draws."""
        if not isinstance(index, SeededIndex):
            return self.dataset[index]
        seed_generators(*index.entropy, devices=False)  # samples are made on the CPU
        sample = self.dataset[int(index)]
        if isinstance(sample, dict) and 'data_samples' in sample:
            sample['data_samples'].set_metainfo(dict(draw_seed=index.seed))
        return sample

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the wrapped data set, such as its ``metainfo``."""
        if name == 'dataset' or name.startswith('__'):  # during unpickling
            raise AttributeError(name)
        return getattr(self.dataset, name)


def seed_samples(dataloader: DataLoader) -> SeededBatches:
    """Make a data loader seed each sample.

    Args:
        dataloader (DataLoader): Not yet iterated over; changed in place.

    Returns:
        SeededBatches: Its new source of batches.

    Raises:
        TypeError: If its sampler has no seed, or it has no batches.
    """
    batches = dataloader.batch_sampler
    sampler = getattr(batches, 'sampler', dataloader.sampler)
    if batches is None or not hasattr(sampler, 'seed'):
        raise TypeError(
            'samples are seeded by their index, in batches: needs a batch sampler, and '
            "a sampler with a seed, as mmengine's DefaultSampler; got "
            f'{type(batches).__name__} and {type(sampler).__name__}'
        )
    # By vars, since a built loader refuses assignment; it has not been iterated over yet.
    seeded = SeededBatches(batches)
    vars(dataloader).update(
        batch_sampler=seeded, dataset=SeededDataset(dataloader.dataset)
    )
    return seeded
