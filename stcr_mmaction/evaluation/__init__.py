"""Metrics of validation and test."""

from .metrics import CheckedAccMetric, FrozenFeatureMetric

__all__ = ['CheckedAccMetric', 'FrozenFeatureMetric']
