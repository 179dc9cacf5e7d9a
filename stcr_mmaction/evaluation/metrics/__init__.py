"""Metrics of validation and test."""

from .frozen_feature_metric import FrozenFeatureMetric

__all__ = ['FrozenFeatureMetric']
