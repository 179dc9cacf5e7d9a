"""Pipeline transforms: each draws its parameters here and applies pure functions."""

from .appearance import RandomColourMatrix, TemporalGradient
from .check_video_length import CheckVideoLength
from .clip_tuples import SampleClipTuple, ShuffleClips, ShuffleFrames
from .mixup import IntraVideoMixup, SpatialGaussianNoise
from .per_clip import PerClip
from .reflect_overrun import ReflectOverrun
from .siamese import SiamesePaths
from .spatio_temporal import SpatioTemporalTransform
from .torchcodec import TorchCodecDecode, TorchCodecInit

__all__ = [
    'CheckVideoLength',
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
