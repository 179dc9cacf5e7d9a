"""The STCR recognizer, and those that ask what its backbone has learned."""

from .frozen import FrozenRecognizer3D
from .stcr import STCR, ConsistencyMixin
from .video_features import VideoFeatureExtractor

__all__ = ['STCR', 'ConsistencyMixin', 'FrozenRecognizer3D', 'VideoFeatureExtractor']
