"""The consistency head and pretext heads."""

from .stcr_head import STCRHead
from .transform_code_head import TransformCodeHead

__all__ = ['STCRHead', 'TransformCodeHead']
