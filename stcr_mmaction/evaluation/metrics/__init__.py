"""Metrics of validation and test."""

from .checked_acc_metric import CheckedAccMetric
from .clip_acc_metric import ClipAccMetric
from .frozen_feature_metric import FrozenFeatureMetric
from .video_retrieval_metric import VideoRetrievalMetric

__all__ = [
    'CheckedAccMetric',
    'ClipAccMetric',
    'FrozenFeatureMetric',
    'VideoRetrievalMetric',
]
