"""Batches of an epoch that are all about as large."""

from __future__ import annotations

from collections.abc import Iterator, Sized
from itertools import islice

from mmaction.registry import DATA_SAMPLERS
from torch.utils.data import Sampler


@DATA_SAMPLERS.register_module()
class EvenBatchSampler(Sampler):
    """Divide an epoch into batches whose sizes differ by one at the most.

    UCF101 has 9,537 training videos. In batches of 8 the last one has a single video,
    which nothing can be compared with or normalized by. Here as many batches have 8 or 7,
    and no video is left out. Use it in a data loader::

        train_dataloader = dict(
            batch_size=8, batch_sampler=dict(type='EvenBatchSampler'), ...)

    With a ``batch_size`` of 3 or more no batch has a single sample, unless there is only
    one in all.

    Args:
        sampler (Sampler): Gives the indices of an epoch; has a length. In distributed
            training those of one process, of which mmengine's ``DefaultSampler`` gives
            every process as many.
        batch_size (int): Largest size of a batch, 1 or more.

    Raises:
        ValueError: If ``batch_size`` is below 1.

    Example:
        >>> [len(batch) for batch in EvenBatchSampler(range(9), batch_size=4)]
        [3, 3, 3]

    Source: beyond the paper, which is silent on batches.
    """

    def __init__(self, sampler: Sized, batch_size: int) -> None:
        if batch_size < 1:
            raise ValueError(f'batch_size must be 1 or more, got {batch_size}')
        self.sampler = sampler
        self.batch_size = batch_size

    def __iter__(self) -> Iterator[list[int]]:
        """Iterate over the batches, the larger ones first."""
        indices = iter(self.sampler)
        for size in self.sizes():
            yield list(islice(indices, size))

    def __len__(self) -> int:
        """Number of batches: the fewest that hold all samples."""
        return -(-len(self.sampler) // self.batch_size)

    def sizes(self) -> list[int]:
        """List the sizes of the batches, from the largest on."""
        count = len(self)
        if not count:
            return []
        size, larger = divmod(len(self.sampler), count)
        return [size + 1] * larger + [size] * (count - larger)
