"""Evaluate frozen features during pretraining."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ...functional import (
    effective_rank,
    nearest_neighbors,
    neighbor_vote,
    retrieval_accuracy,
)
from .labeled_features import (
    LabeledFeatures,
    check_classes,
    check_neighbors,
    list_labels,
    read_samples,
    split_gallery,
)


@METRICS.register_module()
class FrozenFeatureMetric(BaseMetric):
    """Retrieval, k-NN and linear-probe accuracy of frozen features.

    As ``val_evaluator`` of pretraining it uses a small labeled set, which is not trained
    on; ``save_best='frozen/retrieval_top1'`` keeps the best weights. The model is an
    :class:`STCR` without a ``cls_head``, or a :class:`VideoFeatureExtractor`.

    With one data set, every video is looked up among all others (leave-one-out), and the
    probe is cross-validated. With a ``ConcatDataset``, parts with
    ``CheckedVideoDataset(gallery=True)`` are the gallery and the other videos are the
    queries. Queries are looked up in the gallery, and the probe is fitted only on the
    gallery.

    Metrics, all 0 to 1, with the prefix ``frozen``:

    - ``retrieval_top{k}``: R@k, the share of queries with a video of their class among
      the k nearest; for k = 1 the nearest-neighbor accuracy.
    - ``knn_top1``: accuracy of a vote of ``knn`` neighbors.
    - ``linear_top1``: accuracy of a logistic regression on standardized features.
    - ``effective_rank``: :func:`~stcr_mmaction.functional.effective_rank` of the queries'
      features, divided by its maximum; compare it with that of an untrained network.

    Args:
        topk (Sequence[int]): Values of k in R@k. Defaults to (1, 5).
        knn (int, optional): Neighbors that vote; None leaves this metric out. Defaults to
            5.
        linear_probe (bool): Whether to fit the probe. Defaults to True.
        folds (int): Folds of the stratified cross-validation of the probe. Defaults to 5.
        seed (int): Seed of the division into folds. Defaults to 0.
        collect_device (str): ``'cpu'`` or ``'gpu'``, mmengine's. Defaults to 'cpu'.
        prefix (str, optional): Mmengine's. Defaults to None: ``'frozen'``.

    Raises:
        ValueError: If an argument is out of range. From the first batch: if a sample has
            no features, non-finite features, or not exactly one label. From the whole
            set: if there are no queries, fewer than two classes, fewer videos than
            neighbors, too few videos of a class, or a class that is not in the gallery.

    Source: beyond the paper. VCOP's retrieval (Xu et al., CVPR 2019, §4.4) and the
        k-nearest-neighbor vote of Wu et al. (CVPR 2018). The probe is fitted to
        convergence, not trained by SGD with augmentation, so its accuracies are not
        comparable with published ones.
    """

    default_prefix = 'frozen'

    def __init__(
        self,
        topk: Sequence[int] = (1, 5),
        knn: int | None = 5,
        linear_probe: bool = True,
        folds: int = 5,
        seed: int = 0,
        collect_device: str = 'cpu',
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if not topk or min(topk) < 1 or (knn is not None and knn < 1) or folds < 2:
            raise ValueError(
                'FrozenFeatureMetric needs topk >= 1, knn >= 1 or None, and folds >= 2, '
                f'got {topk}, {knn} and {folds}'
            )
        self.topk = topk
        self.knn = knn
        self.linear_probe = linear_probe
        self.folds = folds
        self.seed = seed
        self.neighbors = max(*topk, knn or 0)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep features and labels of a batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): Outputs of the model, as dicts; see
                :func:`~.labeled_features.read_samples`.
        """
        self.results += read_samples(data_samples, 'FrozenFeatureMetric')

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the metrics of the whole set, by name without the prefix."""
        queries, gallery = split_gallery(results)
        self.check_labels(*list_labels(queries, gallery))
        figures = self._measure_neighbors(queries, gallery)
        if self.linear_probe:
            figures['linear_top1'] = self._probe(queries, gallery)
        count, channels = queries.features.shape
        rank = effective_rank(queries.features) / max(1, min(count - 1, channels))
        return {**figures, 'effective_rank': rank.item()}

    def _measure_neighbors(
        self, queries: LabeledFeatures, gallery: LabeledFeatures
    ) -> dict[str, float]:
        similarities, indices = nearest_neighbors(
            queries.features,
            gallery.features,
            self.neighbors,
            exclude_self=gallery is queries,
        )
        found, labels = gallery.labels[indices], queries.labels
        figures = {
            f'retrieval_top{k}': retrieval_accuracy(found[:, :k], labels).item()
            for k in self.topk
        }
        if self.knn:
            voted = neighbor_vote(similarities[:, : self.knn], found[:, : self.knn])
            figures['knn_top1'] = (voted == labels).double().mean().item()
        return figures

    def _probe(self, queries: LabeledFeatures, gallery: LabeledFeatures) -> float:
        probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        features, labels = (values.numpy() for values in queries)
        if gallery is queries:
            folds = StratifiedKFold(self.folds, shuffle=True, random_state=self.seed)
            predicted = cross_val_predict(probe, features, labels, cv=folds)
        else:
            probe.fit(*(values.numpy() for values in gallery))
            predicted = probe.predict(features)
        return float((predicted == labels).mean())

    def check_labels(self, queries: Sequence[int], gallery: Sequence[int] | None) -> None:
        """Check the labels; :class:`ClassLabelsHook` calls this before training.

        Args:
            queries (Sequence[int]): Labels of the queries.
            gallery (Sequence[int], optional): Labels of the gallery, None if there is
                none.

        Raises:
            ValueError: If there are fewer than two classes, too few videos in total or of
                a class, or a class that is not in the gallery.
        """
        alone = gallery is None
        among = queries if alone else gallery
        check_classes(queries, gallery)
        counts = Counter(among)
        if len(counts) < 2:
            raise ValueError(
                'frozen features need two classes or more, but all videos to look up '
                f'have label {next(iter(counts))}: add videos of other classes'
            )
        check_neighbors(queries, gallery, self.neighbors)
        if alone:
            self._check_counts(counts)

    def _check_counts(self, counts: Counter) -> None:
        needed = max(2, self.folds * self.linear_probe)
        label, fewest = min(counts.items(), key=lambda item: (item[1], item[0]))
        if fewest < needed:
            advice = 'lower folds, set linear_probe=False, or ' * (fewest > 1)
            raise ValueError(
                f'label {label} has {fewest} of the {needed} videos that every class '
                f'needs without a gallery: {advice}add videos, or a gallery by '
                'CheckedVideoDataset(gallery=True)'
            )
