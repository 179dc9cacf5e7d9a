"""Which samples make a batch."""

from .even_batch_sampler import EvenBatchSampler

__all__ = ['EvenBatchSampler']
