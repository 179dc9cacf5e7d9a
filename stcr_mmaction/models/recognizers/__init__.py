"""The STCR recognizer, and recognizers that evaluate its backbone."""

from .features import FrozenRecognizer3D, VideoFeatureExtractor
from .stcr import STCR, ConsistencyMixin

__all__ = ['STCR', 'ConsistencyMixin', 'FrozenRecognizer3D', 'VideoFeatureExtractor']
