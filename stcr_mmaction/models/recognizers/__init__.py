"""The STCR recognizer, and those that ask what its backbone has learned."""

from .features import FrozenRecognizer3D, VideoFeatureExtractor
from .stcr import STCR, ConsistencyMixin

__all__ = ['STCR', 'ConsistencyMixin', 'FrozenRecognizer3D', 'VideoFeatureExtractor']
