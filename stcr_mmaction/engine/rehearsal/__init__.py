"""Rehearse a run: go through all of its stages in a short time."""

from .rehearsal import Rehearsal

__all__ = ['Rehearsal']
