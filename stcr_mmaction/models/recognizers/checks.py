"""Checks of a recognizer: its class, parts, sizes and labels."""

from __future__ import annotations

from collections.abc import Sequence

from mmaction.models import (
    BaseRecognizer,
    MMRecognizer3D,
    Recognizer2D,
    RecognizerAudio,
    RecognizerGCN,
)
from mmaction.utils import SampleList
from torch import nn

from ...functional import parse_code
from ..heads import MotionHead, PretextHead
from .paths import Layout

REFUSED = {
    MMRecognizer3D: 'its inputs are a dict of modalities, not one tensor of clips',
    RecognizerAudio: 'spectrograms have no frames to flip and turn',
    RecognizerGCN: 'skeletons have no frames to flip and turn',
}


def check_class(kind: type) -> None:
    """Refuse a recognizer class whose inputs are not clips.

    Args:
        kind (type): The class that inherits from :class:`ConsistencyMixin`.

    Raises:
        TypeError: If it takes other inputs, or is not a recognizer.
    """
    reasons = [why for refused, why in REFUSED.items() if issubclass(kind, refused)]
    if not issubclass(kind, BaseRecognizer):
        reasons = ['it does not inherit from BaseRecognizer behind ConsistencyMixin']
    if reasons:
        raise TypeError(
            f'{kind.__name__} cannot be regularized by consistency: {reasons[0]}; give '
            'ConsistencyMixin a Recognizer3D or Recognizer2D, or a class made from one'
        )


def check_images(
    recognizer: Recognizer2D,
    tap: str | None,
    clip_shape: Sequence[int] | None,
    alone: bool,
) -> None:
    """Refuse options that do not work for a 2D recognizer.

    Args:
        recognizer (Recognizer2D): The recognizer.
        tap (str, optional): As in the config.
        clip_shape (Sequence[int], optional): As in the config.
        alone (bool): Whether there is a pretext head without a consistency head.

    Raises:
        ValueError: If there is such an option.
    """
    frozen = tap not in (None, 'output') and not recognizer.with_cls_head
    reasons = dict(
        clip_shape=(clip_shape, 'give the heads their in_channels and temporal_size'),
        neck=(recognizer.with_neck, 'it would see the images of both paths as one clip'),
        tap=(frozen, 'without a cls_head, leave it at the output of the backbone'),
        pretext_head=(alone, 'with images, one path cannot be told from two'),
    )
    for name, (given, reason) in reasons.items():
        if given:
            raise ValueError(
                f'{type(recognizer).__name__} is a Recognizer2D, whose backbone takes '
                f'images: it cannot have a {name} here: {reason}'
            )


def check_paths(preprocessor: nn.Module, clip_shape: Sequence[int] | None) -> None:
    """Check that a :class:`SiameseBlending` makes clips of the right shape.

    Args:
        preprocessor (nn.Module): The data preprocessor with the ``blending``.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips.

    Raises:
        ValueError: If the shape differs, or the paths cannot be made from such clips.
    """
    blending = getattr(preprocessor, 'blending', None)
    if clip_shape and hasattr(blending, 'check_clip_shape'):
        blending.check_clip_shape(clip_shape)


def check_channels(backbone: nn.Module, preprocessor: nn.Module) -> None:
    """Check that backbone and data preprocessor have the same number of channels.

    Args:
        backbone (nn.Module): The backbone.
        preprocessor (nn.Module): The data preprocessor.

    Raises:
        ValueError: If the numbers are known and differ.
    """
    takes = getattr(backbone, 'in_channels', None)
    mean = getattr(preprocessor, 'mean', None)
    if None not in (takes, mean) and mean.numel() not in (1, takes):
        raise ValueError(
            f'{type(backbone).__name__} has in_channels={takes}, but the data '
            f'preprocessor has mean and std of {mean.numel()} channels: make them the '
            'same'
        )


def check_heads(recognizer: BaseRecognizer) -> None:
    """Check that the heads have inputs and something to learn.

    Args:
        recognizer (BaseRecognizer): The complete recognizer.

    Raises:
        ValueError: If there are no heads, if there is a neck without a ``cls_head``, or
            as in :func:`check_path_head`.
    """
    name = type(recognizer).__name__
    if recognizer.with_neck and not recognizer.with_cls_head:
        raise ValueError(
            'the neck needs a cls_head, which is the only part that uses its output: '
            f'give {name} one, or leave out the neck'
        )
    heads = (
        recognizer.consistency_head,
        recognizer.motion_head,
        recognizer.pretext_head,
    )
    if not any(heads) and not recognizer.with_cls_head:
        raise ValueError(
            f'{name} has nothing to learn from: give it a consistency_head, a '
            'motion_head, a pretext_head or a cls_head'
        )
    for head in (recognizer.motion_head, recognizer.pretext_head):
        if head is not None:
            check_path_head(head, recognizer)


def check_path_head(head: MotionHead | PretextHead, recognizer: BaseRecognizer) -> None:
    """Check that a head that reads one path can learn.

    The rules are those of :mod:`stcr_mmaction.models.heads.pretext_head`.

    Args:
        head (MotionHead | PretextHead): The head.
        recognizer (BaseRecognizer): The recognizer of the head.

    Raises:
        ValueError: If its path has no gradient or no true label, or if an auxiliary loss
            has the same name.
    """
    name = type(head).__name__
    if head.task in getattr(recognizer.consistency_head, 'auxiliary_losses', ()):
        raise ValueError(
            f'loss_{head.task} is that of {name}: give the entry {head.task!r} of the '
            "consistency_head's auxiliary_losses another name"
        )
    if recognizer.target_backbone is not None and head.path == 'clean':
        raise ValueError(
            f'{name} reads the clean path, whose maps with target_momentum come from '
            'the target, without gradient: it would train nothing; drop target_momentum, '
            'or use a head that reads the noise path'
        )
    blending = getattr(recognizer.data_preprocessor, 'blending', None)
    if head.path == 'noise' and getattr(blending, 'mixes_labels', False):
        raise ValueError(
            f'{name} reads the noise path, where {type(blending).__name__} blends clips '
            'of two videos, transformed differently: neither label is true of the blend; '
            'use IntraVideoMixup, or a head that reads the clean path'
        )


def check_read_path(head: PretextHead, layout: Layout, data_samples: SampleList) -> None:
    """Refuse temporal flips in a single path if a head predicts its order.

    Raises:
        ValueError: If there is such a flip.
    """
    if layout.num_paths > 1 or head.path == 'noise':
        return
    for sample in data_samples:
        codes = sample.metainfo.get('transform_codes', ())
        if any(parse_code(code).temporal_flip for code in codes):
            raise ValueError(
                f'{type(head).__name__} reads an order, which the temporal flips of '
                f'SpatioTemporalTransform (transform_codes={codes}) invert: put the '
                'latter into the noise path of SiamesePaths, or set its codes to some of '
                'range(8)'
            )
