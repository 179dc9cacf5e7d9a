"""The STCR recognizer: one backbone, two paths."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from mmaction.models import Recognizer2D, Recognizer3D
from mmaction.registry import MODELS
from mmaction.utils import ForwardResults, SampleList
from torch import Tensor, nn, no_grad

from ...checks import check_choice
from ...functional import FEATURE_POOLINGS
from ...type_names import check_type
from .checks import (
    check_channels,
    check_class,
    check_heads,
    check_images,
    check_paths,
    check_read_path,
)
from .features import set_features
from .labels import labeled_loss
from .learned_first import scale_gradients
from .paths import Layout, join_images, read_codes, read_image_layout, read_layout
from .recipe import fill_scale, follow_recipe
from .sizes import fill_sizes, fit_tap
from .tap import Tap
from .target import build_target, stop_clean_gradient


class ConsistencyMixin:
    """Adds consistency regularization to a recognizer class.

    Put it before the class: ``class MySTCR(ConsistencyMixin, MyRecognizer): ...``. The
    class inherits from Recognizer3D, or from Recognizer2D with inputs (N, 2 * T, C, H,
    W), the images of one clip on each path. The mixin changes only training. Feature
    extraction and, with a ``cls_head``, :meth:`predict` stay as they are.

        inputs (N, 2 * num_clips, C, T, H, W): clean clips, then noise clips
        |- extract_feat (one pass, shared weights), tap
        |- maps, each path (N * num_clips, C', T', H', W')
        |   |- consistency_head.loss(clean, noise, codes)
        |   |- motion_head.loss(clean, clean clips), if any
        |   |- pretext_head.loss(clean, noise, data_samples), if any
        |- output of the clean path -> neck -> cls_head.loss, if any, on the clips that
           have a label (not -1)

    Args:
        *args (Any): Arguments of the recognizer class.
        recipe (str, optional): Name of a recipe (``'contrast'``, the recommended one, or
            ``'paper'``) or a file with your own. It provides ``consistency_head``,
            ``motion_head`` and the ``blending`` of the data preprocessor, unless they are
            given. Needs ``clip_shape``. Defaults to None.
        consistency_head (dict, optional): Config of the :class:`STCRHead`. Defaults to
            None: no regularization.
        motion_head (dict, optional): Config of a :class:`MotionHead`, which reads the
            clean path. Defaults to None.
        pretext_head (dict, optional): Config of a :class:`PretextHead`. This head and the
            ``motion_head`` work without a ``consistency_head``. Then one path is enough:
            inputs (N, num_clips, C, T, H, W), from a pipeline without
            :class:`SiamesePaths`. Defaults to None.
        tap (str, optional): Submodule of the backbone whose output is regularized, or
            ``'output'`` for the backbone's output. An index selects an entry of a tuple,
            such as ``'output[0]'``. Tokens are converted to maps. Defaults to None: the
            backbone's entry in :data:`~.tap.DEFAULT_TAPS`, otherwise its output.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips. If given,
            the backbone is checked with such clips when the model is built (on the meta
            device), and ``in_channels`` and ``temporal_size`` of the heads may be left
            out. Defaults to None.
        feature_pooling (str): How :meth:`predict` pools the maps without a ``cls_head``,
            see :func:`~stcr_mmaction.functional.pool_features`. Defaults to 'mean'.
        target_momentum (float, optional): If given, 0 to below 1 (such as 0.99), the maps
            of the clean path come from ``target_backbone``, a moving average of the
            backbone without gradients (see :func:`build_target`), and the
            ``consistency_head`` gets ``stop_gradient='clean'``. The average is updated at
            the start of each :meth:`loss`. The backbone and its batch norm then only see
            the noise path, unless a ``cls_head`` needs the clean path. Without a
            ``predictor`` in the head this only slows a collapse. Defaults to None: one
            backbone for both paths.
        **kwargs (Any): Arguments of the recognizer class; ``cls_head`` may be left out.

    Raises:
        TypeError: If the class takes other inputs, or is not a recognizer.
        ValueError: If ``tap`` is not a submodule of the backbone (the message lists
            them); if the backbone does not take clips of ``clip_shape``, or its maps do
            not fit a head; if backbone and data preprocessor differ in channels; if
            ``feature_pooling`` is unknown; if there is no head, or a ``neck`` without a
            ``cls_head``; if ``target_momentum`` is out of range, or used without a
            ``consistency_head`` or with ``stop_gradient='noise'``; or if the
            ``pretext_head`` cannot learn in this setting (see the rules in
            :mod:`stcr_mmaction.models.heads.pretext_head`). In training: if the inputs or
            data samples are not two paths.

    Source: paper §3.1, figure 2. The moving target is not in the paper; it is that of
        BYOL (Grill et al., NeurIPS 2020), for one path.
    """

    takes_unlabeled = True
    """Whether videos without a label (-1) are allowed."""

    def __init__(
        self,
        *args: Any,
        recipe: str | None = None,
        consistency_head: dict | None = None,
        motion_head: dict | None = None,
        pretext_head: dict | None = None,
        tap: str | None = None,
        clip_shape: Sequence[int] | None = None,
        feature_pooling: str = 'mean',
        target_momentum: float | None = None,
        **kwargs: Any,
    ) -> None:
        check_class(type(self))
        if recipe is not None:
            given = dict(
                kwargs, consistency_head=consistency_head, motion_head=motion_head
            )
            followed = follow_recipe(recipe, clip_shape, given)
            consistency_head = followed.pop('consistency_head', None)
            motion_head = followed.pop('motion_head', None)
            kwargs.update(followed)
        if kwargs.get('data_preprocessor'):
            kwargs['data_preprocessor'] = fill_scale(kwargs['data_preprocessor'])
        super().__init__(*args, **kwargs)
        check_choice('feature_pooling', feature_pooling, FEATURE_POOLINGS)
        self.feature_pooling = feature_pooling
        self.takes_images = isinstance(self, Recognizer2D)
        if self.takes_images:
            check_images(self, tap, clip_shape, pretext_head and not consistency_head)
        check_channels(self.backbone, self.data_preprocessor)
        check_paths(self.data_preprocessor, clip_shape)
        self.tap = Tap(self.backbone, tap)
        maps = fit_tap(self.backbone, self.tap, clip_shape, not self.with_cls_head)
        if target_momentum is not None:
            consistency_head = stop_clean_gradient(consistency_head)
        self.consistency_head = self._build_head(consistency_head, maps)
        self.motion_head = self._build_head(motion_head, maps)
        self.pretext_head = self._build_head(pretext_head, maps)
        self.target_backbone = None
        if target_momentum is not None:
            self.target_backbone = build_target(self.backbone, target_momentum)
        check_heads(self)

    def loss(self, inputs: Tensor, data_samples: SampleList, **kwargs: Any) -> dict:
        """Compute the losses of all heads.

        Args:
            inputs (Tensor): (N, 2 * num_clips, C, T, H, W), floating, clean clips first;
                or one path, see ``pretext_head``; (N, 2 * T, C, H, W) for a 2D
                recognizer.
            data_samples (SampleList): N samples. Their metainfo has ``transform_codes``
                and other labels that the heads need. With a ``cls_head`` they have class
                labels, -1 for unlabeled videos.
            **kwargs (Any): Passed to the ``cls_head``.

        Returns:
            dict: Losses and values to log, by name.
        """
        layout = self._read_layout(inputs, data_samples)
        feats, clean, noise = self._extract_paths(inputs, layout)
        losses = {}
        if self.consistency_head is not None:
            codes = read_codes(data_samples, layout.num_clips)
            losses.update(self.consistency_head.loss(clean, noise, codes))
        if self.motion_head is not None:
            share = self.motion_head.consistency_share
            if share is not None:
                losses = scale_gradients(losses, share)
                losses['consistency_share'] = clean.new_full((), share)
            losses.update(self.motion_head.loss(clean, layout.clean_clips(inputs)))
        if self.pretext_head is not None:
            check_read_path(self.pretext_head, layout, data_samples)
            losses.update(self.pretext_head.loss(clean, noise, data_samples))
        if self.with_cls_head:
            losses.update(self._classify(feats, layout, data_samples, **kwargs))
        return losses

    def predict(
        self,
        inputs: Tensor,
        data_samples: SampleList,
        **kwargs: Any,
    ) -> SampleList:
        """Predict classes, or extract features without a ``cls_head``.

        Args:
            inputs (Tensor): (N, V, C, T, H, W), floating, V views of each video.
            data_samples (SampleList): N samples.
            **kwargs (Any): Passed to the recognizer class.

        Returns:
            SampleList: The samples. Without a ``cls_head`` each gets ``video_features``,
            (C,): the pooled maps at the tap, averaged over views. (For a 2D recognizer
            all images are one view, a clip of V * T images.)
        """
        if self.with_cls_head:
            return super().predict(inputs, data_samples, **kwargs)
        _, maps = self._extract(inputs)
        return set_features(maps, data_samples, self.feature_pooling)

    def _build_head(
        self, head: dict | None, maps: Sequence[int] | None
    ) -> nn.Module | None:
        if not head:
            return None
        check_type(head, MODELS, f'a head of {type(self).__name__}')
        return MODELS.build(fill_sizes(head, maps, self.tap.name))

    def _read_layout(self, inputs: Tensor, data_samples: SampleList) -> Layout:
        if self.takes_images:
            return read_image_layout(inputs, data_samples)
        others = self.motion_head, self.pretext_head
        allow_single_path = self.consistency_head is None and others != (None, None)
        return read_layout(inputs, data_samples, allow_single_path)

    def _classify(
        self,
        feats: ForwardResults,
        layout: Layout,
        data_samples: SampleList,
        **kwargs: Any,
    ) -> dict:
        """Compute the losses of the ``cls_head`` on labeled clean clips."""
        if self.takes_images:
            kwargs['num_segs'] = layout.num_images
        of_clips = [s for s in data_samples for _ in range(layout.num_clips)]
        loss = partial(self._classification_loss, **kwargs)
        return labeled_loss(loss, layout.clean_path(feats), of_clips)

    def _classification_loss(
        self, feats: ForwardResults, data_samples: SampleList, **kwargs: Any
    ) -> dict:
        """Compute the part of :meth:`BaseRecognizer.loss` after the backbone."""
        loss_aux = {}
        if self.with_neck:
            feats, loss_aux = self.neck(feats, data_samples=data_samples)
        return {**self.cls_head.loss(feats, data_samples, **kwargs), **loss_aux}

    def _extract_paths(
        self, inputs: Tensor, layout: Layout
    ) -> tuple[ForwardResults | None, Tensor, Tensor]:
        """Return the backbone's output, if needed, and the maps of each path."""
        if self.target_backbone is None:
            feats, maps = self._extract(inputs, layout.num_paths)
            return feats, *layout.split(maps)
        num_views = layout.num_views
        clean = self._extract_target_maps(inputs[:, :num_views].contiguous())
        if self.with_cls_head:
            feats, maps = self._extract(inputs, layout.num_paths)
            return feats, clean, layout.split(maps)[1]
        _, noise = self._extract(inputs[:, num_views:].contiguous())
        return None, clean, noise

    @no_grad()
    def _extract_target_maps(self, inputs: Tensor) -> Tensor:
        """Update the target, and run it instead of the backbone."""
        online = self.backbone
        self.target_backbone.update_parameters(online)
        self.backbone = self.target_backbone.module
        try:
            return self._extract(inputs)[1]
        finally:
            self.backbone = online

    def _extract(
        self, inputs: Tensor, num_paths: int = 1
    ) -> tuple[ForwardResults, Tensor]:
        """Run the backbone once, and return its output and the maps at the tap."""
        feats, maps = self.tap(
            self.backbone,
            inputs.flatten(0, 1).shape,
            lambda: self.extract_feat(inputs, stage='backbone')[0],
        )
        if self.takes_images:
            maps = join_images(maps, inputs.shape[1] // num_paths)
        return feats, maps


@MODELS.register_module()
class STCR(ConsistencyMixin, Recognizer3D):
    """:class:`Recognizer3D` with Spatio-Temporal Consistency Regularization.

    Without a ``cls_head`` it trains without labels. With one, consistency regularizes
    supervised training. The ``backbone.*`` keys in its checkpoints are the same as for a
    plain :class:`Recognizer3D`.

    Source: paper §3.
    """
