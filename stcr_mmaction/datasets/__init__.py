"""Data: the checked video data set, its batches and the two-path transforms."""

from .checked_video_dataset import CheckedVideoDataset
from .samplers import EvenBatchSampler
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
    'EvenBatchSampler',
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
