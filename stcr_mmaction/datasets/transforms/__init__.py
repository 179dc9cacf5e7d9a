"""Pipeline transforms: each draws its parameters here and applies pure functions."""

from .appearance import RandomColourMatrix, TemporalGradient
from .check_video_length import CheckVideoLength
from .mixup import IntraVideoMixup, SpatialGaussianNoise
from .siamese import SiamesePaths
from .spatio_temporal import SpatioTemporalTransform

__all__ = [
    'CheckVideoLength',
    'IntraVideoMixup',
    'RandomColourMatrix',
    'SiamesePaths',
    'SpatialGaussianNoise',
    'SpatioTemporalTransform',
    'TemporalGradient',
]
