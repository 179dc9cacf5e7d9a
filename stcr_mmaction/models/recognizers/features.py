"""Recognizers that evaluate a frozen backbone."""

from __future__ import annotations

from typing import Any

from mmaction.models import Recognizer3D
from mmaction.registry import MODELS
from mmaction.utils import SampleList
from torch import Tensor, nn

from ...checks import check_choice
from ...functional import FEATURE_POOLINGS, pool_features
from ...functional.precision import at_least_single
from .tap import Tap


def set_features(maps: Tensor, data_samples: SampleList, pooling: str) -> SampleList:
    """Add to each sample the mean feature of its views.

    Args:
        maps (Tensor): (N * V, C', T', H', W'), floating, V views of each of N videos.
        data_samples (SampleList): N samples; each gets ``video_features``, (C,), float32
            or wider. (The field ``features`` of a sample is for localization, with
            another type.)
        pooling (str): As in :func:`~stcr_mmaction.functional.pool_features`.

    Returns:
        SampleList: The samples.

    Raises:
        ValueError: If these are not maps, or cannot be pooled in this way.
    """
    if maps.ndim != 5:
        raise ValueError(
            "features are pooled from maps (N, C', T', H', W'), got "
            f'{tuple(maps.shape)}: set tap to a layer of the backbone that gives maps'
        )
    views = pool_features(at_least_single(maps), pooling)
    means = views.unflatten(0, (len(data_samples), -1)).mean(dim=1)
    for sample, features in zip(data_samples, means, strict=True):
        sample.set_field(features, 'video_features')
    return data_samples


@MODELS.register_module()
class VideoFeatureExtractor(Recognizer3D):
    """Extract the features of any trained backbone; only for testing.

    It loads the checkpoints of any :class:`Recognizer3D`, and ignores classifier and
    heads. ``test_evaluator`` is a :class:`VideoRetrievalMetric` or
    :class:`FrozenFeatureMetric`.

    Args:
        *args (Any): Arguments of :class:`Recognizer3D`.
        tap (str, optional): As in :class:`ConsistencyMixin`. Defaults to None: the
            default of the backbone.
        feature_pooling (str): As in :func:`~stcr_mmaction.functional.pool_features`.
            Defaults to 'mean'.
        **kwargs (Any): Arguments of :class:`Recognizer3D`.

    Raises:
        ValueError: If there is no such layer or pooling. In a test: if the layer does not
            return maps.
    """

    def __init__(
        self,
        *args: Any,
        tap: str | None = None,
        feature_pooling: str = 'mean',
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        check_choice('feature_pooling', feature_pooling, FEATURE_POOLINGS)
        self.tap = Tap(self.backbone, tap)
        self.feature_pooling = feature_pooling

    def predict(
        self, inputs: Tensor, data_samples: SampleList, **kwargs: Any
    ) -> SampleList:
        """Extract features.

        Args:
            inputs (Tensor): (N, V, C, T, H, W), floating, V views of each video.
            data_samples (SampleList): N samples.
            **kwargs (Any): Not used.

        Returns:
            SampleList: The samples, each with ``video_features``, (C,), averaged over
            views.
        """
        maps = self.tap.maps(self.backbone, inputs.flatten(0, 1))
        return set_features(maps, data_samples, self.feature_pooling)

    def loss(self, *args: Any, **kwargs: Any) -> dict:
        """Raise an error: this recognizer cannot be trained.

        Raises:
            TypeError: Always.
        """
        raise TypeError(
            'VideoFeatureExtractor has nothing to learn: train the config that the '
            'backbone is from, and test with this one'
        )


@MODELS.register_module()
class FrozenRecognizer3D(Recognizer3D):
    """:class:`Recognizer3D` with a frozen backbone: only the classifier is trained.

    The backbone does not change: it has no gradients, so the optimizer and its weight
    decay do not act on it. Its batch norm statistics are fixed, and its dropout is off.

    Source: the linear probe of self-supervised learning, as in CoCLR (Han et al., NeurIPS
        2020) for videos.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.backbone.requires_grad_(False)

    def train(self, mode: bool = True) -> nn.Module:
        """Set the training mode, but keep the backbone in evaluation mode."""
        super().train(mode)
        self.backbone.eval()
        return self
