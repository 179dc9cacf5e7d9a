"""Video retrieval: look up nearest videos and compare their classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.fileio import dump
from torch import Tensor

from ...checks import check_renamed
from ...functional import nearest_neighbors, neighbor_vote, retrieval_accuracy
from .labeled_features import (
    LabeledFeatures,
    check_classes,
    check_neighbors,
    list_labels,
    read_samples,
    split_gallery,
)


@METRICS.register_module()
class VideoRetrievalMetric(BaseMetric):
    """Look up each test video in a gallery of training videos by its features.

    The model is a :class:`VideoFeatureExtractor`, or an :class:`STCR` without a
    ``cls_head``; the data set is a ``ConcatDataset`` of the queries and of a
    ``CheckedVideoDataset(gallery=True)``. Without a gallery, every video is looked up
    among all others. Videos are ranked by cosine similarity. Each video counts once, also
    with several processes.

    Metrics, 0 to 1, with the prefix ``retrieval``: ``top{k}``, the share of queries with
    at least one video of their class among the k nearest, and ``knn_top1``.

    ================  ======================  =========
    published by      ``feature_pooling``     ``center``
    ================  ======================  =========
    VCOP              ``'max2x2'``            False
    CoCLR             ``'mean'``              True
    global pooling    ``'mean'``              False
    ================  ======================  =========

    Metrics of different protocols are not comparable.

    Args:
        topk (Sequence[int]): Values of k. Defaults to (1, 5, 10, 20, 50).
        knn (int, optional): Neighbors that vote for the class, each with weight
            exp(similarity / 0.07); ``knn_top1`` is the accuracy of the vote. Defaults to
            None: no vote.
        center (bool): Whether to subtract the mean of the queries from the queries, and
            the mean of the gallery from the gallery. Defaults to False.
        out_file (str, optional): JSON file for the metrics and neighbors: for each query
            ``video``, ``label``, and, nearest first, ``neighbors`` (files) with their
            ``labels`` and ``similarities``. Defaults to None.
        collect_device (str): ``'cpu'`` or ``'gpu'``, mmengine's. Defaults to 'cpu'.
        prefix (str, optional): Mmengine's. Defaults to None: ``'retrieval'``.
        **old (bool): The ``centre`` of earlier versions: an error.

    Raises:
        ValueError: If ``topk`` or ``knn`` is out of range. In a test: as
            :func:`~.labeled_features.read_samples`; if there are no queries, fewer videos
            in the gallery than neighbors, or a class is not in the gallery.

    Examples:
        >>> metric = VideoRetrievalMetric(topk=[1])
        >>> vectors = torch.tensor([[1.0, 0], [1, 0.1], [0, 1], [1, 2]])
        >>> pairs = zip(vectors, torch.tensor([[0], [0], [1], [0]]))  # with labels
        >>> metric.process(None, [dict(video_features=v, gt_label=n) for v, n in pairs])
        >>> metric.evaluate(size=4)
        {'retrieval/top1': 0.5}

    Source: the paper's supplement, section 6; protocol of VCOP (Xu et al., CVPR 2019,
        §4.4), and of CoCLR (Han et al., NeurIPS 2020); the vote of Wu et al. (CVPR 2018).
    """

    default_prefix = 'retrieval'

    def __init__(
        self,
        topk: Sequence[int] = (1, 5, 10, 20, 50),
        knn: int | None = None,
        center: bool = False,
        out_file: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
        **old: bool,
    ) -> None:
        check_renamed(old, centre='center')
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not topk or min(*topk, knn or 1) < 1:
            raise ValueError(
                'VideoRetrievalMetric needs topk and knn of 1 or more, got '
                f'{topk} and {knn}'
            )
        self.topk = topk
        self.knn = knn
        self.neighbors = max(*topk, knn or 0)
        self.center = center
        self.out_file = out_file

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep features and labels of a batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Outputs of the model, as dicts; see
                :func:`~.labeled_features.read_samples`.
        """
        self.results += read_samples(data_samples, 'VideoRetrievalMetric')

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the metrics of the whole set, by name without the prefix."""
        queries, gallery = split_gallery(results)
        alone = gallery is queries
        self.check_labels(*list_labels(queries, gallery))
        similarities, indices = nearest_neighbors(
            self._centered(queries),
            self._centered(gallery),
            self.neighbors,
            exclude_self=alone,
        )
        found = gallery.labels[indices]
        figures = {
            f'top{k}': retrieval_accuracy(found[:, :k], queries.labels).item()
            for k in self.topk
        }
        if self.knn:
            voted = neighbor_vote(similarities[:, : self.knn], found[:, : self.knn])
            figures['knn_top1'] = (voted == queries.labels).double().mean().item()
        if self.out_file:
            asked = [result for result in results if not result['gallery']]
            among = asked if alone else [r for r in results if r['gallery']]
            found = _list_neighbors(asked, among, indices, similarities)
            dump(dict(figures, gallery=len(among), queries=found), self.out_file)
        return figures

    def check_labels(self, queries: Sequence[int], gallery: Sequence[int] | None) -> None:
        """Check the labels; :class:`ClassLabelsHook` calls this before the test.

        Args:
            queries (Sequence[int]): Labels of the queries.
            gallery (Sequence[int], optional): Labels of the gallery, None if there is
                none.

        Raises:
            ValueError: If the gallery lacks a class, or is too small.
        """
        check_classes(queries, gallery)
        check_neighbors(queries, gallery, self.neighbors)

    def _centered(self, videos: LabeledFeatures) -> Tensor:
        return videos.features - self.center * videos.features.mean(dim=0)


def _list_neighbors(
    asked: list[dict], among: list[dict], indices: Tensor, similarities: Tensor
) -> list[dict]:
    return [
        dict(
            video=query['video'],
            label=query['label'],
            neighbors=[among[index]['video'] for index in row],
            labels=[among[index]['label'] for index in row],
            similarities=values,
        )
        for query, row, values in zip(
            asked, indices.tolist(), similarities.tolist(), strict=True
        )
    ]
