"""Features and labels of videos, shared by the metrics of frozen features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class LabeledFeatures(NamedTuple):
    """Features (N, C), float64, and labels (N,), int64."""

    features: Tensor
    labels: Tensor


def read_samples(data_samples: Sequence[dict], metric: str) -> list[dict]:
    """Collect features and labels from data samples.

    Args:
        data_samples (Sequence[dict]): Outputs of a feature extractor, as dicts:
            ``video_features`` (C,), ``gt_label`` (1,), ``gallery=True`` in a gallery, and
            from a :class:`CheckedVideoDataset` the file as ``video``.
        metric (str): Name of the metric, for messages.

    Returns:
        list[dict]: ``features`` on the CPU, ``label``, ``gallery`` and ``video``.

    Raises:
        ValueError: If a sample has no features, non-finite features, not exactly one
            label, or replaces a damaged video.
    """
    return [
        dict(
            features=_read_features(sample, metric),
            label=_read_label(sample, metric),
            gallery=sample.get('gallery', False),
            video=sample.get('video'),
        )
        for sample in data_samples
    ]


def _read_features(sample: dict, metric: str) -> Tensor:
    features = sample.get('video_features')
    if features is None:
        raise ValueError(
            f'{metric} needs samples with video_features, which a VideoFeatureExtractor '
            'gives, and an STCR without a cls_head (cls_head=None), in val and test; for '
            'a model that classifies use AccMetric'
        )
    if not features.isfinite().all():
        raise ValueError(
            'the features of a video are not finite: training has diverged (lower lr), '
            'or the video has pixels that are not finite'
        )
    return features.detach().cpu()


def _read_label(sample: dict, metric: str) -> int:
    label = sample.get('gt_label')
    if 'damaged' in sample:
        raise ValueError(
            f'{metric} cannot use a damaged video: repair it, or remove it from the list '
            f'({sample["damaged"]})'
        )
    if label is None or label.numel() != 1 or label.item() < 0:
        raise ValueError(
            f'{metric} needs one label, 0 or above, for every video, got '
            f'{None if label is None else label.tolist()}: give an annotation file with '
            'lines "path label" to the val (or test) data set'
        )
    return label.item()


def split_gallery(
    results: list[dict],
) -> tuple[LabeledFeatures, LabeledFeatures]:
    """Return queries and gallery; without a gallery both are the same object."""
    # With float32, rounding would decide the ranking of nearly collapsed features.
    features = torch.stack([result['features'] for result in results]).double()
    labels = torch.tensor([result['label'] for result in results])
    marked = torch.tensor([result['gallery'] for result in results])
    if marked.all():
        check_classes([], labels.tolist())
    queries = LabeledFeatures(features[~marked], labels[~marked])
    if not marked.any():
        return queries, queries
    return queries, LabeledFeatures(features[marked], labels[marked])


def list_labels(
    queries: LabeledFeatures, gallery: LabeledFeatures
) -> tuple[list[int], list[int] | None]:
    """Return the labels of both; None for the gallery if it is the queries."""
    labels = queries.labels.tolist()
    return labels, None if gallery is queries else gallery.labels.tolist()


def check_classes(queries: Sequence[int], gallery: Sequence[int] | None) -> None:
    """Raise a ValueError if there are no queries, or the gallery lacks a class."""
    if not queries:
        raise ValueError(
            'all videos are the gallery, none is a query: leave gallery=True out of '
            'the data set of the queries'
        )
    unknown = set(queries) - set(queries if gallery is None else gallery)
    if unknown:
        raise ValueError(f'no video of the gallery has the labels {sorted(unknown)}')


def check_neighbors(
    queries: Sequence[int], gallery: Sequence[int] | None, neighbors: int
) -> None:
    """Raise a ValueError if there are fewer videos than neighbors."""
    available = len(queries) - 1 if gallery is None else len(gallery)
    if neighbors > available:
        raise ValueError(
            f'each query has {available} videos to be compared with, too few for '
            f'{neighbors} neighbors: lower topk and knn'
        )
