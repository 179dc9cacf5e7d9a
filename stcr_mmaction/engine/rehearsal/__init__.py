"""A whole run in miniature."""

from .rehearsal import Rehearsal

__all__ = ['Rehearsal']
