"""The two consistency terms, and losses that prevent collapse."""

from .consistency import ChannelWiseLoss, TemporalWiseLoss
from .whole_batch import InfoNCELoss, VarianceCovarianceLoss

__all__ = [
    'ChannelWiseLoss',
    'InfoNCELoss',
    'TemporalWiseLoss',
    'VarianceCovarianceLoss',
]
