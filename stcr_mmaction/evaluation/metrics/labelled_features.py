"""Features and labels of videos, as metrics gather them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor


class LabelledFeatures(NamedTuple):
    """Features (N, C), float64, and their classes (N,), int64."""

    features: Tensor
    labels: Tensor


def read_samples(data_samples: Sequence[dict], metric: str) -> list[dict]:
    """Take what metrics need from data samples.

    Args:
        data_samples (Sequence[dict]): What a model of features returned, as dicts:
            ``video_features`` (C,), ``gt_label`` (1,), in a gallery ``gallery=True``,
            and from a :class:`CheckedVideoDataset` ``video``, its file.
        metric (str): Who asks, for messages.

    Returns:
        list[dict]: ``features``, on the CPU, ``label``, ``gallery`` and ``video``.

    Raises:
        ValueError: If a sample has no features, features that are not finite, not one
            label, or stands in for a damaged video.
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
            f'{metric} has no figure for a damaged video: repair or unlist it '
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
) -> tuple[LabelledFeatures, LabelledFeatures]:
    """Return queries and gallery; without a marked gallery the very same object."""
    # In float32, rounding would rank features that are close to a collapse.
    features = torch.stack([result['features'] for result in results]).double()
    labels = torch.tensor([result['label'] for result in results])
    marked = torch.tensor([result['gallery'] for result in results])
    if marked.all():
        check_classes([], labels.tolist())
    queries = LabelledFeatures(features[~marked], labels[~marked])
    if not marked.any():
        return queries, queries
    return queries, LabelledFeatures(features[marked], labels[marked])


def list_labels(
    queries: LabelledFeatures, gallery: LabelledFeatures
) -> tuple[list[int], list[int] | None]:
    """Return the labels of both; None for a gallery that is the queries."""
    labels = queries.labels.tolist()
    return labels, None if gallery is queries else gallery.labels.tolist()


def check_classes(queries: Sequence[int], gallery: Sequence[int] | None) -> None:
    """Raise a ValueError if the gallery lacks a class of the queries, or if none asks."""
    if not queries:
        raise ValueError(
            'all videos are the gallery, none is a query: leave gallery=True out of '
            'the data set of the queries'
        )
    unknown = set(queries) - set(queries if gallery is None else gallery)
    if unknown:
        raise ValueError(f'no video of the gallery has the labels {sorted(unknown)}')


def check_neighbours(
    queries: Sequence[int], gallery: Sequence[int] | None, neighbours: int
) -> None:
    """Raise a ValueError if a query has fewer videos to be compared with than asked."""
    available = len(queries) - 1 if gallery is None else len(gallery)
    if neighbours > available:
        raise ValueError(
            f'each query has {available} videos to be compared with, too few for '
            f'{neighbours} neighbours: lower topk and knn'
        )
