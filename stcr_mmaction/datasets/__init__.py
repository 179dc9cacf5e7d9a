"""Data: the checked video data set and the two-path transforms."""

from .checked_video_dataset import CheckedVideoDataset
from .transforms import (
    CheckVideoLength,
    IntraVideoMixup,
    PerClip,
    RandomColourMatrix,
    ReflectOverrun,
    SampleClipTuple,
    ShuffleClips,
    ShuffleFrames,
    SiamesePaths,
    SpatialGaussianNoise,
    SpatioTemporalTransform,
    TemporalGradient,
    TorchCodecDecode,
    TorchCodecInit,
)

__all__ = [
    'CheckVideoLength',
    'CheckedVideoDataset',
    'IntraVideoMixup',
    'PerClip',
    'RandomColourMatrix',
    'ReflectOverrun',
    'SampleClipTuple',
    'ShuffleClips',
    'ShuffleFrames',
    'SiamesePaths',
    'SpatialGaussianNoise',
    'SpatioTemporalTransform',
    'TemporalGradient',
    'TorchCodecDecode',
    'TorchCodecInit',
]
