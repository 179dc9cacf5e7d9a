"""Batch samplers."""

from .even_batch_sampler import EvenBatchSampler

__all__ = ['EvenBatchSampler']
