"""Blendings of a batch, for ``ActionDataPreprocessor(blending=...)``."""

from .old_names import refuse_blending_of_one_path  # noqa: F401
from .siamese import SiameseBlending

__all__ = ['SiameseBlending']
