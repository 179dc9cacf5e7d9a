"""Use only some batches of a data loader."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from torch.utils.data import DataLoader, Sampler


class FewBatches(Sampler):
    """The first batches and the last batch of another batch sampler.

    It has the length and the attributes of the other sampler.

    Args:
        batches (Sampler): The other batch sampler; has a length.
        first (int): Number of first batches, 1 or more.
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
        """Return an attribute of the other batch sampler, such as its ``sampler``."""
        if name == 'batches' or name.startswith('__'):
            raise AttributeError(name)
        return getattr(self.batches, name)

    def is_complete(self) -> bool:
        """Whether no batch is left out."""
        return self.first >= len(self) - 1


def count_prepared(dataloader: DataLoader) -> int:
    """Count the batches that workers prepare before the first one arrives."""
    return max(1, dataloader.num_workers * (dataloader.prefetch_factor or 0))


def keep_few_batches(dataloader: DataLoader, first: int) -> FewBatches:
    """Make a data loader return only the first batches and the last one.

    Args:
        dataloader (DataLoader): Changed in place.
        first (int): As in :class:`FewBatches`.

    Returns:
        FewBatches: Its new batch sampler.
    """
    few = FewBatches(dataloader.batch_sampler, first)
    # By vars, since a built loader refuses assignment; it may have an iterator already.
    vars(dataloader).update(batch_sampler=few, _iterator=None)
    return few
