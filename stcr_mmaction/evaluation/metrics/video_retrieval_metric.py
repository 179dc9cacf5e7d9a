"""Video retrieval: do the nearest videos show the same class?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from mmengine.fileio import dump
from torch import Tensor

from ...functional import nearest_neighbours, neighbour_vote, retrieval_accuracy
from .labelled_features import (
    LabelledFeatures,
    check_classes,
    check_neighbours,
    list_labels,
    read_samples,
    split_gallery,
)


@METRICS.register_module()
class VideoRetrievalMetric(BaseMetric):
    """Look up each test video in a gallery of training videos, by its features.

    The model is a :class:`VideoFeatureExtractor`, or an :class:`STCR` without a
    ``cls_head``; the data set is a ``ConcatDataset`` of the queries and of a
    ``CheckedVideoDataset(gallery=True)``. Without a gallery, every video is looked up
    among all others. Cosine similarity decides; every video counts once, however many
    processes there are.

    Figures, 0 to 1, under the prefix ``retrieval``: ``top{k}``, the share of the queries
    of which at least one of the k nearest videos has the class, and ``knn_top1``.

    ================  ======================  =========
    published by      ``feature_pooling``     ``centre``
    ================  ======================  =========
    VCOP              ``'max2x2'``            False
    CoCLR             ``'mean'``              True
    global pooling    ``'mean'``              False
    ================  ======================  =========

    Figures of different protocols are not comparable.

    Args:
        topk (Sequence[int]): The k. Defaults to (1, 5, 10, 20, 50).
        knn (int, optional): Neighbours that vote for the class, each with
            exp(similarity / 0.07): ``knn_top1`` is how often they are right. Defaults to
            None: there is no vote.
        centre (bool): Whether the mean of the queries is subtracted from the queries,
            and that of the gallery from the gallery. Defaults to False.
        out_file (str, optional): JSON to write the figures and the neighbours to: for
            each query ``video``, ``label``, ``neighbours`` (files), ``labels`` and
            ``similarities`` of these, nearest first. Defaults to None.
        collect_device (str): ``'cpu'`` or ``'gpu'``, mmengine's. Defaults to 'cpu'.
        prefix (str, optional): Mmengine's. Defaults to None: ``'retrieval'``.

    Raises:
        ValueError: If ``topk`` or ``knn`` is out of range. In a test: as
            :func:`~.labelled_features.read_samples`; if there are no queries, fewer
            videos in the gallery than neighbours, or a class that it lacks.

    Source: the paper's supplement, section 6; protocol of VCOP (Xu et al., CVPR 2019,
        §4.4), and of CoCLR (Han et al., NeurIPS 2020); the vote of Wu et al. (CVPR 2018).
    """

    default_prefix = 'retrieval'

    def __init__(
        self,
        topk: Sequence[int] = (1, 5, 10, 20, 50),
        knn: int | None = None,
        centre: bool = False,
        out_file: str | None = None,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not topk or min(*topk, knn or 1) < 1:
            raise ValueError(
                'VideoRetrievalMetric needs topk and knn of 1 or more, got '
                f'{topk} and {knn}'
            )
        self.topk = topk
        self.knn = knn
        self.neighbours = max(*topk, knn or 0)
        self.centre = centre
        self.out_file = out_file

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep features and labels of a batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): What the model returned, as dicts; see
                :func:`~.labelled_features.read_samples`.
        """
        self.results += read_samples(data_samples, 'VideoRetrievalMetric')

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the figures of the whole set, by name without the prefix."""
        queries, gallery = split_gallery(results)
        alone = gallery is queries
        self.check_labels(*list_labels(queries, gallery))
        similarities, indices = nearest_neighbours(
            self._centred(queries),
            self._centred(gallery),
            self.neighbours,
            exclude_self=alone,
        )
        found = gallery.labels[indices]
        figures = {
            f'top{k}': retrieval_accuracy(found[:, :k], queries.labels).item()
            for k in self.topk
        }
        if self.knn:
            voted = neighbour_vote(similarities[:, : self.knn], found[:, : self.knn])
            figures['knn_top1'] = (voted == queries.labels).double().mean().item()
        if self.out_file:
            asked = [result for result in results if not result['gallery']]
            among = asked if alone else [r for r in results if r['gallery']]
            found = _list_neighbours(asked, among, indices, similarities)
            dump(dict(figures, gallery=len(among), queries=found), self.out_file)
        return figures

    def check_labels(self, queries: Sequence[int], gallery: Sequence[int] | None) -> None:
        """Refuse what has no figures; :class:`ClassLabelsHook` asks before the test.

        Args:
            queries (Sequence[int]): Labels of the videos that are looked up.
            gallery (Sequence[int], optional): Those of the gallery, None if there is
                none.

        Raises:
            ValueError: If the gallery lacks a class, or is too small.
        """
        check_classes(queries, gallery)
        check_neighbours(queries, gallery, self.neighbours)

    def _centred(self, videos: LabelledFeatures) -> Tensor:
        return videos.features - self.centre * videos.features.mean(dim=0)


def _list_neighbours(
    asked: list[dict], among: list[dict], indices: Tensor, similarities: Tensor
) -> list[dict]:
    return [
        dict(
            video=query['video'],
            label=query['label'],
            neighbours=[among[index]['video'] for index in row],
            labels=[among[index]['label'] for index in row],
            similarities=values,
        )
        for query, row, values in zip(
            asked, indices.tolist(), similarities.tolist(), strict=True
        )
    ]
