"""Metrics of validation and test."""

from .checked_acc_metric import CheckedAccMetric
from .frozen_feature_metric import FrozenFeatureMetric

__all__ = ['CheckedAccMetric', 'FrozenFeatureMetric']
