"""Models: the recognizer, its heads and losses, backbones, and batch blendings."""

from .backbones import *  # noqa: F403
from .blendings import InterVideoMixup, VideoCutMix, VideoMixup
from .heads import STCRHead, TransformCodeHead
from .losses import ChannelWiseLoss, TemporalWiseLoss
from .recognizers import STCR, ConsistencyMixin

__all__ = [
    'STCR',
    'ChannelWiseLoss',
    'ConsistencyMixin',
    'InterVideoMixup',
    'STCRHead',
    'TemporalWiseLoss',
    'TransformCodeHead',
    'VideoCutMix',
    'VideoMixup',
]
