"""Metrics of validation and test."""

from .metrics import FrozenFeatureMetric

__all__ = ['FrozenFeatureMetric']
