"""Data: the checked video data set and the two-path transforms."""

from .checked_video_dataset import CheckedVideoDataset
from .transforms import (
    CheckVideoLength,
    IntraVideoMixup,
    SiamesePaths,
    SpatialGaussianNoise,
    SpatioTemporalTransform,
)

__all__ = [
    'CheckVideoLength',
    'CheckedVideoDataset',
    'IntraVideoMixup',
    'SiamesePaths',
    'SpatialGaussianNoise',
    'SpatioTemporalTransform',
]
