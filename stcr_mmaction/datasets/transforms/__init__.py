"""Transforms of pipelines, and augmentations of clips, which also work on batches."""

from .appearance import RandomColorMatrix, TemporalGradient
from .augmentation import ClipAugmentation, GeometricAugmentation
from .clip_tuples import SampleClipTuple, ShuffleClips, ShuffleFrames
from .crop_and_flip import RandomClipCrop, RandomClipFlip
from .mixup import IntraVideoMixup, SpatialGaussianNoise
from .old_names import RandomColourMatrix
from .other_video import InterVideoMixup, VideoCutMix, VideoMixup
from .per_clip import PerClip
from .short_videos import CheckVideoLength, ReflectOverrun
from .siamese import SiamesePaths
from .spatio_temporal import SpatioTemporalTransform
from .torchcodec import TorchCodecDecode, TorchCodecInit

__all__ = [
    'CheckVideoLength',
    'ClipAugmentation',
    'GeometricAugmentation',
    'InterVideoMixup',
    'IntraVideoMixup',
    'PerClip',
    'RandomClipCrop',
    'RandomClipFlip',
    'RandomColorMatrix',
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
    'VideoCutMix',
    'VideoMixup',
]
