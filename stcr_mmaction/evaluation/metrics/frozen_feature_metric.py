"""What frozen features are worth, while they are still being learned."""

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
    nearest_neighbours,
    neighbour_vote,
    retrieval_accuracy,
)
from .labelled_features import (
    LabelledFeatures,
    check_classes,
    check_neighbours,
    list_labels,
    read_samples,
    split_gallery,
)


@METRICS.register_module()
class FrozenFeatureMetric(BaseMetric):
    """Retrieval, nearest neighbours and a linear probe of features without a classifier.

    As ``val_evaluator`` of a pretraining it looks at a small labelled set, of which the
    training learns nothing; ``save_best='frozen/retrieval_top1'`` keeps the best weights.
    The model is an :class:`STCR` without a ``cls_head``, or a
    :class:`VideoFeatureExtractor`.

    With one data set, every video is looked up among all others (leave-one-out), and the
    probe is cross-validated. With a ``ConcatDataset`` of which some parts are
    ``CheckedVideoDataset(gallery=True)``, the other videos are the queries: they are
    looked up in the gallery, and the probe is fitted on the gallery alone.

    Figures, all 0 to 1, under the prefix ``frozen``:

    - ``retrieval_top{k}``: R@k, whether one of the k nearest has the class; at k = 1 the
      nearest-neighbour accuracy.
    - ``knn_top1``: the class is the one that ``knn`` neighbours vote for.
    - ``linear_top1``: the class is the one that a logistic regression on standardized
      features gives.
    - ``effective_rank``: :func:`~stcr_mmaction.functional.effective_rank` of the queries'
      features, as a share of the most it can be; compare it with an untrained network's.

    Args:
        topk (Sequence[int]): The k of R@k. Defaults to (1, 5).
        knn (int, optional): Neighbours that vote. Defaults to 5; None leaves it out.
        linear_probe (bool): Whether to fit the probe. Defaults to True.
        folds (int): Of the probe's stratified cross-validation. Defaults to 5.
        seed (int): Of the division into folds. Defaults to 0.
        collect_device (str): ``'cpu'`` or ``'gpu'``, mmengine's. Defaults to 'cpu'.
        prefix (str, optional): Mmengine's. Defaults to None: ``'frozen'``.

    Raises:
        ValueError: If an argument is out of range. From the first batch: if a sample has
            no features, features that are not finite, or not one label. From the whole
            set: if there are no queries, fewer than two classes, fewer videos than
            neighbours, too few of a class, or a class that the gallery lacks.

    Source: beyond the paper. VCOP's retrieval (Xu et al., CVPR 2019, §4.4) and the
        k-nearest-neighbour vote of Wu et al. (CVPR 2018). The probe is fitted to the end
        instead of trained by SGD with augmentation, so its figures are comparable with
        each other and not with published ones.
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
        self.neighbours = max(*topk, knn or 0)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep features and labels of a batch.

        Args:
            data_batch (Any): Not used.
            data_samples (Sequence[dict]): What the model returned, as dicts; see
                :func:`~.labelled_features.read_samples`.
        """
        self.results += read_samples(data_samples, 'FrozenFeatureMetric')

    def compute_metrics(self, results: list[dict]) -> dict[str, float]:
        """Compute the figures of the whole set, by name without the prefix."""
        queries, gallery = split_gallery(results)
        self.check_labels(*list_labels(queries, gallery))
        figures = self._ask_neighbours(queries, gallery)
        if self.linear_probe:
            figures['linear_top1'] = self._probe(queries, gallery)
        count, channels = queries.features.shape
        rank = effective_rank(queries.features) / max(1, min(count - 1, channels))
        return {**figures, 'effective_rank': rank.item()}

    def _ask_neighbours(
        self, queries: LabelledFeatures, gallery: LabelledFeatures
    ) -> dict[str, float]:
        similarities, indices = nearest_neighbours(
            queries.features,
            gallery.features,
            self.neighbours,
            exclude_self=gallery is queries,
        )
        found, labels = gallery.labels[indices], queries.labels
        figures = {
            f'retrieval_top{k}': retrieval_accuracy(found[:, :k], labels).item()
            for k in self.topk
        }
        if self.knn:
            voted = neighbour_vote(similarities[:, : self.knn], found[:, : self.knn])
            figures['knn_top1'] = (voted == labels).double().mean().item()
        return figures

    def _probe(self, queries: LabelledFeatures, gallery: LabelledFeatures) -> float:
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
        """Refuse what has no figures; :class:`ClassLabelsHook` asks before the training.

        Args:
            queries (Sequence[int]): Labels of the videos that are looked up.
            gallery (Sequence[int], optional): Those of the gallery, None if there is
                none.

        Raises:
            ValueError: If there are fewer than two classes, too few videos of all or of
                a class, or a class that the gallery lacks.
        """
        alone = gallery is None
        among = queries if alone else gallery
        check_classes(queries, gallery)
        counts = Counter(among)
        if len(counts) < 2:
            raise ValueError(
                'frozen features are judged by telling classes apart, but all videos '
                f'that are looked up among have label {next(iter(counts))}'
            )
        check_neighbours(queries, gallery, self.neighbours)
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
