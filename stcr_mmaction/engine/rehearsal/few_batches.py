"""Few of the batches that a run will have."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torch.utils.data import DataLoader, Sampler


class FewBatches(Sampler):
    """The first batches of another batch sampler, and its last one.

    Its length and its attributes are the other's.

    Args:
        batches (Sampler): The other batch sampler; has a length.
        first (int): How many of the first batches there are, 1 or more.
    """

    def __init__(self, batches: Sampler, first: int) -> None:
        self.batches = batches
        self.first = first

    def __iter__(self) -> Iterator[list[int]]:
        """Iterate over the first batches and the last."""
        last = None
        for number, batch in enumerate(islice(self.batches, len(self.batches))):
            if number < self.first:
                yield batch
            else:
                last = batch
        if last is not None:
            yield last

    def __len__(self) -> int:
        """Number of batches of the whole epoch."""
        return len(self.batches)

    def __getattr__(self, name: str) -> Any:
        """Be asked what the other batch sampler knows, such as its ``sampler``."""
        if name == 'batches' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.batches, name)

    def are_all(self) -> bool:
        """Whether no batch is left out."""
        return self.first >= len(self) - 1


def count_prepared(dataloader: DataLoader) -> int:
    """Count the batches that workers prepare while the first one is waited for."""
    return max(1, dataloader.num_workers * (dataloader.prefetch_factor or 0))


def take_few(dataloader: DataLoader, first: int) -> FewBatches:
    """Let a data loader give the first batches and the last one only.

    Args:
        dataloader (DataLoader): Changed in place.
        first (int): As for :class:`FewBatches`.

    Returns:
        FewBatches: Its new batch sampler.
    """
    few = FewBatches(dataloader.batch_sampler, first)
    # A loader refuses to be changed once it is built; it may have begun to iterate.
    vars(dataloader).update(batch_sampler=few, _iterator=None)
    return few
