"""Recognizers, heads, necks, losses, backbones and batch blendings."""

from .backbones import (
    VCOPC3D,
    VCOPR3D,
    InceptionI3D,
    TorchvisionR2Plus1D,
    VCOPR2Plus1D,
)
from .blendings import SiameseBlending
from .heads import (
    ArrowOfTimeHead,
    ClipOrderHead,
    ClipVerificationHead,
    FrameVerificationHead,
    LinearProbeHead,
    MotionHead,
    PretextHead,
    STCRHead,
    TransformCodeHead,
)
from .losses import (
    ChannelWiseLoss,
    InfoNCELoss,
    TemporalWiseLoss,
    VarianceCovarianceLoss,
)
from .necks import ProjectionMLP
from .recognizers import (
    STCR,
    ConsistencyMixin,
    FrozenRecognizer3D,
    VideoFeatureExtractor,
)

__all__ = [
    'STCR',
    'VCOPC3D',
    'VCOPR3D',
    'ArrowOfTimeHead',
    'ChannelWiseLoss',
    'ClipOrderHead',
    'ClipVerificationHead',
    'ConsistencyMixin',
    'FrameVerificationHead',
    'FrozenRecognizer3D',
    'InceptionI3D',
    'InfoNCELoss',
    'LinearProbeHead',
    'MotionHead',
    'PretextHead',
    'ProjectionMLP',
    'STCRHead',
    'SiameseBlending',
    'TemporalWiseLoss',
    'TorchvisionR2Plus1D',
    'TransformCodeHead',
    'VCOPR2Plus1D',
    'VarianceCovarianceLoss',
    'VideoFeatureExtractor',
]
