"""What is done to a batch, in the slot ``ActionDataPreprocessor(blending=...)``."""

from .old_names import refuse_blending_of_one_path  # noqa: F401
from .siamese import SiameseBlending

__all__ = ['SiameseBlending']
