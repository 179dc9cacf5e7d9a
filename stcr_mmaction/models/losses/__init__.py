"""The two terms of the consistency regularization, and losses against collapse."""

from .channel_wise import ChannelWiseLoss
from .info_nce import InfoNCELoss
from .temporal_wise import TemporalWiseLoss
from .variance_covariance import VarianceCovarianceLoss

__all__ = [
    'ChannelWiseLoss',
    'InfoNCELoss',
    'TemporalWiseLoss',
    'VarianceCovarianceLoss',
]
