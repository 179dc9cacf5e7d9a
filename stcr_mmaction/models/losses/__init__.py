"""The two terms of the consistency regularization, and losses against collapse."""

from .consistency import ChannelWiseLoss, TemporalWiseLoss
from .whole_batch import InfoNCELoss, VarianceCovarianceLoss

__all__ = [
    'ChannelWiseLoss',
    'InfoNCELoss',
    'TemporalWiseLoss',
    'VarianceCovarianceLoss',
]
