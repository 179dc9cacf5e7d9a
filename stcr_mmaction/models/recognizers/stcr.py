"""The recognizer: one backbone, two paths."""

from __future__ import annotations

import copy
from typing import Any

from mmaction.models import Recognizer3D
from mmaction.registry import MODELS
from mmaction.utils import ForwardResults, SampleList
from torch import Tensor, nn, zeros


class ConsistencyMixin:
    """Adds consistency regularization to a recognizer class.

    Put it before the class: ``class MySTCR(ConsistencyMixin, MyRecognizer): ...``.
    It changes training alone; :meth:`predict` and feature extraction are the class's own.

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
        **kwargs (Any): Arguments of the recognizer class; ``cls_head`` may be left out.

    Raises:
        ValueError: If ``tap`` is not a submodule of the backbone (lists those it has), or
            if there is no head at all. In training: if the inputs or data samples are
            not those of two paths.

    Source: paper §3.1, figure 2.
    """

    def __init__(
        self,
        *args: Any,
        consistency_head: dict | None = None,
        pretext_head: dict | None = None,
        tap: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
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
            _check_tap(self.backbone, tap)
            if not self.with_cls_head:
                _freeze_beyond(self.backbone, tap)

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
        num_clips = _count_clips(inputs)
        feats, maps = self._extract_feat_and_maps(inputs)
        clean, noise = _split_paths(maps, num_clips)
        codes = _read_codes(data_samples, num_clips)
        losses = {}
        for name in self.path_heads:
            losses.update(getattr(self, name).loss(clean, noise, codes))
        if self.with_cls_head:
            feats = _clean_path(feats, num_clips)
            labelled = [sample for sample in data_samples for _ in range(num_clips)]
            losses.update(self._classification_loss(feats, labelled, **kwargs))
        return losses

    def predict(
        self,
        inputs: Tensor,
        data_samples: SampleList,
        **kwargs: Any,
    ) -> SampleList:
        """Predict as the recognizer class does, from any number of views."""
        if not self.with_cls_head:
            raise RuntimeError(
                f'this {type(self).__name__} has no cls_head and cannot classify: test a '
                'fine-tuned recognizer, or train without validation (val_cfg=None)'
            )
        return super().predict(inputs, data_samples, **kwargs)

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

    def _extract_feat_and_maps(self, inputs: Tensor) -> tuple[ForwardResults, Tensor]:
        """Run the backbone once, and listen at the tap."""
        if self.tap is None:
            feats, _ = self.extract_feat(inputs, stage='backbone')
            return feats, _check_maps(feats, 'the backbone')
        heard = []
        tapped = self.backbone.get_submodule(self.tap)
        listener = tapped.register_forward_hook(lambda *call: heard.append(call[-1]))
        try:
            feats, _ = self.extract_feat(inputs, stage='backbone')
        finally:
            listener.remove()
        return feats, _check_maps(heard[-1], f'layer {self.tap!r}')


@MODELS.register_module()
class STCR(ConsistencyMixin, Recognizer3D):
    """:class:`Recognizer3D` with Spatio-Temporal Consistency Regularization.

    Without a ``cls_head`` it learns without labels; with one, consistency regularizes
    supervised training. Its checkpoints' ``backbone.*`` keys are those of a plain
    :class:`Recognizer3D`.

    Source: paper §3.
    """


def _check_tap(backbone: nn.Module, tap: str) -> None:
    names = [name for name, _ in backbone.named_modules() if name]
    if tap not in names:
        raise ValueError(
            f'tap {tap!r} is not a submodule of {type(backbone).__name__}; it has '
            f'{", ".join(names)}'
        )


def _check_maps(maps: ForwardResults, layer: str) -> Tensor:
    if not isinstance(maps, Tensor):
        raise ValueError(
            f'{layer} gives a {type(maps).__name__}, not one tensor: set tap to a '
            "submodule of the backbone that gives maps (N, C', T', H', W')"
        )
    return maps


def _freeze_beyond(backbone: nn.Module, tap: str) -> None:
    """Freeze the parameters that the tapped layer does not depend on.

    Nothing trains them without a ``cls_head``; distributed training stops at parameters
    without a gradient, and weight decay would shrink them. Which ones they are is asked
    of autograd on the meta device, where nothing is computed.
    """
    probe = copy.deepcopy(backbone).to('meta').requires_grad_(True)
    kernels = (p for p in probe.parameters() if p.ndim == 5)
    channels = next((kernel.shape[1] for kernel in kernels), 3)
    tapped = []
    layer = probe.get_submodule(tap)
    layer.register_forward_hook(lambda module, inputs, output: tapped.append(output))
    probe(zeros(2, channels, 16, 112, 112, device='meta'))
    tapped[0].sum().backward()
    reached = {name for name, p in probe.named_parameters() if p.grad is not None}
    for name, parameter in backbone.named_parameters():
        if name not in reached:
            parameter.requires_grad = False


def _count_clips(inputs: Tensor) -> int:
    """Return num_clips of each path."""
    views = inputs.shape[1]
    if inputs.ndim != 6 or views % 2:
        raise ValueError(
            'training with two paths needs inputs (N, 2 * num_clips, C, T, H, W), got '
            f'{tuple(inputs.shape)}: make the views by SiamesePaths in the train pipeline'
        )
    return views // 2


def _split_paths(maps: Tensor, num_clips: int) -> tuple[Tensor, Tensor]:
    """(N * 2 * num_clips, ...) -> twice (N * num_clips, ...)."""
    paths = maps.unflatten(0, (-1, 2, num_clips))
    return paths[:, 0].flatten(0, 1), paths[:, 1].flatten(0, 1)


def _clean_path(feats: ForwardResults, num_clips: int) -> ForwardResults:
    """Take the clean path of a tensor, or of each of a tuple (of pathways)."""
    if isinstance(feats, (tuple, list)):
        return tuple(_clean_path(feat, num_clips) for feat in feats)
    return _split_paths(feats, num_clips)[0]


def _read_codes(data_samples: SampleList, num_clips: int) -> list[int]:
    """Return the codes of the noise path, N * num_clips of them."""
    codes = []
    for sample in data_samples:
        drawn = sample.metainfo.get('transform_codes')
        if drawn is None or len(drawn) != num_clips:
            raise ValueError(
                f'a data sample has transform_codes={drawn}, but its noise path has '
                f"{num_clips} clips: list 'transform_codes' in "
                'PackActionInputs(meta_keys=...), and make the paths by SiamesePaths'
            )
        codes.extend(drawn)
    return codes
