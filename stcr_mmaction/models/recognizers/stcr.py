"""The recognizer: one backbone, two paths."""

from __future__ import annotations

from typing import Any

from mmaction.models import Recognizer3D
from mmaction.registry import MODELS
from mmaction.utils import ForwardResults, SampleList
from torch import Tensor, no_grad

from ...functional import spatial_pooling
from ...functional.consistency import check_choice
from .paths import clean_path, count_clips, read_codes, split_paths
from .tap import check_maps, check_tap, freeze_beyond
from .target import build_target, learn_from_noise


class ConsistencyMixin:
    """Adds consistency regularization to a recognizer class.

    Put it before the class: ``class MySTCR(ConsistencyMixin, MyRecognizer): ...``.
    It changes training alone; feature extraction and, with a ``cls_head``,
    :meth:`predict` are the class's own.

        inputs (N, 2 * num_clips, C, T, H, W): clean clips, then noise clips
        |- extract_feat (one pass, shared weights), tap
        |- maps, each path (N * num_clips, C', T', H', W')
        |   |- consistency_head.loss(clean, noise, codes)
        |   |- pretext_head.loss(clean, noise, codes), if any
        |- output of the clean path -> neck -> cls_head.loss, if there is a cls_head

    Args:
        *args (Any): Arguments of the recognizer class.
        consistency_head (dict, optional): Config of the :class:`STCRHead`. Defaults to
            None: no regularization.
        pretext_head (dict, optional): Config of a pretext head. Defaults to None.
        tap (str, optional): Name of the backbone's submodule whose output is
            regularized. Defaults to None: the output of the backbone.
        feature_pooling (str): What :meth:`predict` makes of the maps without a
            ``cls_head``: ``'mean'`` over time and space, or ``'temporal'``, the mean
            over space alone, which keeps what differs in time. Defaults to 'mean'.
        target_momentum (float, optional): If given, 0 to below 1 (0.99), the heads get
            the clean path's maps from ``target_backbone``, a moving average of the
            backbone that no gradient flows through (see :func:`build_target`); the
            ``consistency_head`` gets ``stop_gradient='clean'``. It is updated at the
            start of each :meth:`loss`. The backbone then sees the noise path alone, its
            batch statistics too, unless a ``cls_head`` needs its clean output. Without a
            ``predictor`` in the head this only slows a collapse. Defaults to None: one
            backbone for both paths.
        **kwargs (Any): Arguments of the recognizer class; ``cls_head`` may be left out.

    Raises:
        ValueError: If ``tap`` is not a submodule of the backbone (lists those it has),
            if ``feature_pooling`` is unknown, if there is no head at all, or if
            ``target_momentum`` is out of range, has no ``consistency_head`` or meets
            its ``stop_gradient='noise'``. In training: if the inputs or data samples
            are not those of two paths.

    Source: paper §3.1, figure 2. The moving target, beyond the paper, is that of BYOL
        (Grill et al., NeurIPS 2020), for one path.
    """

    def __init__(
        self,
        *args: Any,
        consistency_head: dict | None = None,
        pretext_head: dict | None = None,
        tap: str | None = None,
        feature_pooling: str = 'mean',
        target_momentum: float | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        check_choice('feature_pooling', feature_pooling, ('mean', 'temporal'))
        self.feature_pooling = feature_pooling
        heads = dict(consistency_head=consistency_head, pretext_head=pretext_head)
        self.path_heads = [name for name, config in heads.items() if config is not None]
        for name in self.path_heads:
            setattr(self, name, MODELS.build(heads[name]))
        if not self.path_heads and not self.with_cls_head:
            raise ValueError(
                f'{type(self).__name__} has nothing to learn from: give it a '
                'consistency_head, a pretext_head or a cls_head'
            )
        self.tap = tap
        if tap is not None:
            check_tap(self.backbone, tap)
            if not self.with_cls_head:
                freeze_beyond(self.backbone, tap)
        self.target_backbone = None
        if target_momentum is not None:
            self.target_backbone = build_target(self.backbone, target_momentum)
            learn_from_noise(getattr(self, 'consistency_head', None))

    def loss(self, inputs: Tensor, data_samples: SampleList, **kwargs: Any) -> dict:
        """Compute the losses of all heads.

        Args:
            inputs (Tensor): (N, 2 * num_clips, C, T, H, W), floating, clean clips first.
            data_samples (SampleList): N samples, with ``transform_codes`` in their
                metainfo, and labels if there is a ``cls_head``.
            **kwargs (Any): Passed to the ``cls_head``.

        Returns:
            dict: Losses, and figures to log, by name.
        """
        num_clips = count_clips(inputs)
        feats, clean, noise = self._extract_paths(inputs, num_clips)
        codes = read_codes(data_samples, num_clips)
        losses = {}
        for name in self.path_heads:
            losses.update(getattr(self, name).loss(clean, noise, codes))
        if self.with_cls_head:
            feats = clean_path(feats, num_clips)
            labelled = [sample for sample in data_samples for _ in range(num_clips)]
            losses.update(self._classification_loss(feats, labelled, **kwargs))
        return losses

    def predict(
        self,
        inputs: Tensor,
        data_samples: SampleList,
        **kwargs: Any,
    ) -> SampleList:
        """Predict as the recognizer class does, or give features without a cls_head.

        Args:
            inputs (Tensor): (N, V, C, T, H, W), floating, V views of each video.
            data_samples (SampleList): N samples.
            **kwargs (Any): Passed to the recognizer class.

        Returns:
            SampleList: The samples. Without a ``cls_head`` each has got
            ``video_features``, (C',) or, with feature_pooling 'temporal', (C' * T',):
            the maps that are regularized, pooled, mean over the views. (The sample's
            own ``features`` are of another type, that of localization.)
        """
        if self.with_cls_head:
            return super().predict(inputs, data_samples, **kwargs)
        _, maps = self._extract_feat_and_maps(inputs)
        views = self._pool_maps(maps).unflatten(0, inputs.shape[:2])
        for sample, features in zip(data_samples, views.mean(dim=1), strict=True):
            sample.set_field(features, 'video_features')
        return data_samples

    def _pool_maps(self, maps: Tensor) -> Tensor:
        """(N, C', T', H', W') -> (N, C') or (N, C' * T')."""
        if maps.ndim != 5:
            raise ValueError(
                "features are pooled from maps (N, C', T', H', W'), got "
                f'{tuple(maps.shape)}: set tap to a layer of the backbone that gives maps'
            )
        features = spatial_pooling(maps, 'mean')
        keeps_time = self.feature_pooling == 'temporal'
        return features.flatten(1) if keeps_time else features.mean(dim=2)

    def _classification_loss(
        self,
        feats: ForwardResults,
        data_samples: SampleList,
        **kwargs: Any,
    ) -> dict:
        """What :meth:`BaseRecognizer.loss` does behind the backbone."""
        loss_aux = {}
        if self.with_neck:
            feats, loss_aux = self.neck(feats, data_samples=data_samples)
        return {**self.cls_head.loss(feats, data_samples, **kwargs), **loss_aux}

    def _extract_paths(
        self, inputs: Tensor, num_clips: int
    ) -> tuple[ForwardResults | None, Tensor, Tensor]:
        """Return the backbone's output, if it is needed, and the maps of each path."""
        if self.target_backbone is None:
            feats, maps = self._extract_feat_and_maps(inputs)
            return feats, *split_paths(maps, num_clips)
        clean = self._extract_target_maps(inputs[:, :num_clips].contiguous())
        if self.with_cls_head:
            feats, maps = self._extract_feat_and_maps(inputs)
            return feats, clean, split_paths(maps, num_clips)[1]
        _, noise = self._extract_feat_and_maps(inputs[:, num_clips:].contiguous())
        return None, clean, noise

    @no_grad()
    def _extract_target_maps(self, inputs: Tensor) -> Tensor:
        """Update the target and run it in the backbone's place."""
        online = self.backbone
        self.target_backbone.update_parameters(online)
        self.backbone = self.target_backbone.module
        try:
            return self._extract_feat_and_maps(inputs)[1]
        finally:
            self.backbone = online

    def _extract_feat_and_maps(self, inputs: Tensor) -> tuple[ForwardResults, Tensor]:
        """Run the backbone once, and listen at the tap."""
        if self.tap is None:
            feats, _ = self.extract_feat(inputs, stage='backbone')
            return feats, check_maps(feats, 'the backbone')
        heard = []
        tapped = self.backbone.get_submodule(self.tap)
        listener = tapped.register_forward_hook(lambda *call: heard.append(call[-1]))
        try:
            feats, _ = self.extract_feat(inputs, stage='backbone')
        finally:
            listener.remove()
        return feats, check_maps(heard[-1], f'layer {self.tap!r}')


@MODELS.register_module()
class STCR(ConsistencyMixin, Recognizer3D):
    """:class:`Recognizer3D` with Spatio-Temporal Consistency Regularization.

    Without a ``cls_head`` it learns without labels; with one, consistency regularizes
    supervised training. Its checkpoints' ``backbone.*`` keys are those of a plain
    :class:`Recognizer3D`.

    Source: paper §3.
    """
