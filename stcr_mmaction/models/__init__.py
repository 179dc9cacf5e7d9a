"""Models: the recognizer, its heads, necks and losses, backbones, and batch blendings."""

from .backbones import VCOPC3D, VCOPR3D, InceptionI3D, VCOPR2Plus1D
from .blendings import InterVideoMixup, VideoCutMix, VideoMixup
from .heads import STCRHead, TransformCodeHead
from .losses import (
    ChannelWiseLoss,
    InfoNCELoss,
    TemporalWiseLoss,
    VarianceCovarianceLoss,
)
from .necks import ProjectionMLP
from .recognizers import STCR, ConsistencyMixin

__all__ = [
    'STCR',
    'VCOPC3D',
    'VCOPR3D',
    'ChannelWiseLoss',
    'ConsistencyMixin',
    'InceptionI3D',
    'InfoNCELoss',
    'InterVideoMixup',
    'ProjectionMLP',
    'STCRHead',
    'TemporalWiseLoss',
    'TransformCodeHead',
    'VCOPR2Plus1D',
    'VarianceCovarianceLoss',
    'VideoCutMix',
    'VideoMixup',
]
