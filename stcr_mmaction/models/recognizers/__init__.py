"""The STCR recognizer."""

from .stcr import STCR, ConsistencyMixin

__all__ = ['STCR', 'ConsistencyMixin']
