"""Batches of almost equal size."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import islice

from mmaction.registry import DATA_SAMPLERS
from torch.utils.data import Sampler


@DATA_SAMPLERS.register_module()
class EvenBatchSampler(Sampler):
    """Divide an epoch into batches whose sizes differ by at most one.

    UCF101 has 9,537 training videos. With batches of 8, the last batch has a single
    video, too few for batch norm or a contrastive loss. This sampler makes as many
    batches, of 8 or 7 videos, and leaves none out. Use it in a data loader::

        train_dataloader = dict(
            batch_size=8, batch_sampler=dict(type='EvenBatchSampler'), ...)

    With a ``batch_size`` of 3 or more no batch has a single sample, unless the data set
    has only one.

    Args:
        sampler (Sampler): Yields the indices of an epoch; has a length. In distributed
            training these are the indices of one process; mmengine's ``DefaultSampler``
            gives every process the same number.
        batch_size (int): Largest size of a batch, 1 or more.

    Raises:
        ValueError: If ``batch_size`` is below 1.

    Examples:
        >>> [len(batch) for batch in EvenBatchSampler(range(9), batch_size=4)]
        [3, 3, 3]

    Source: beyond the paper, which does not mention this.
    """

    def __init__(self, sampler: Sized, batch_size: int) -> None:
        if batch_size < 1:
            raise ValueError(f'batch_size must be 1 or more, got {batch_size}')
        self.sampler = sampler
        self.batch_size = batch_size

    def __iter__(self) -> Iterator[list[int]]:
        """Iterate over the batches, larger ones first."""
        indices = iter(self.sampler)
        for size in self.sizes():
            yield list(islice(indices, size))

    def __len__(self) -> int:
        """Number of batches."""
        return -(-len(self.sampler) // self.batch_size)

    def sizes(self) -> list[int]:
        """List the sizes of the batches, largest first."""
        count = len(self)
        if not count:
            return []
        size, larger = divmod(len(self.sampler), count)
        return [size + 1] * larger + [size] * (count - larger)
