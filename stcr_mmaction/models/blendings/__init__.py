"""What is done to a batch, in the slot ``ActionDataPreprocessor(blending=...)``."""

from .noise_path import InterVideoMixup, VideoCutMix, VideoMixup
from .siamese import SiameseBlending

__all__ = ['InterVideoMixup', 'SiameseBlending', 'VideoCutMix', 'VideoMixup']
