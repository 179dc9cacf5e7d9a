"""Metrics of validation and test."""

from .metrics import (
    CheckedAccMetric,
    ClipAccMetric,
    FrozenFeatureMetric,
    VideoRetrievalMetric,
)

__all__ = [
    'CheckedAccMetric',
    'ClipAccMetric',
    'FrozenFeatureMetric',
    'VideoRetrievalMetric',
]
