"""The two terms of the consistency regularization as loss modules."""

from .channel_wise import ChannelWiseLoss
from .temporal_wise import TemporalWiseLoss

__all__ = ['ChannelWiseLoss', 'TemporalWiseLoss']
