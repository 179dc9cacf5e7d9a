"""Recognizers that could not learn, refused: their class, parts, sizes and labels."""

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
    """Refuse a class whose inputs are no clips.

    Args:
        kind (type): The class that inherits from :class:`ConsistencyMixin`.

    Raises:
        TypeError: If it is one of mmaction2's for other inputs, or no recognizer.
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
    """Refuse what a recognizer whose backbone takes images cannot do.

    Args:
        recognizer (Recognizer2D): The recognizer.
        tap (str, optional): As in the config.
        clip_shape (Sequence[int], optional): As in the config.
        alone (bool): Whether there is a pretext head and no consistency head.

    Raises:
        ValueError: If it is asked for.
    """
    frozen = tap not in (None, 'output') and not recognizer.with_cls_head
    reasons = dict(
        clip_shape=(clip_shape, 'give the heads their in_channels and temporal_size'),
        neck=(recognizer.with_neck, 'it would see the images of both paths as one clip'),
        tap=(frozen, 'without a cls_head, leave it at the output of the backbone'),
        pretext_head=(alone, 'of images one path is not told from two'),
    )
    for name, (given, reason) in reasons.items():
        if given:
            raise ValueError(
                f'{type(recognizer).__name__} is a Recognizer2D, whose backbone takes '
                f'images: it cannot have a {name} here: {reason}'
            )


def check_paths(preprocessor: nn.Module, clip_shape: Sequence[int] | None) -> None:
    """Refuse paths of a :class:`SiameseBlending` that are not of the clips' shape.

    Args:
        preprocessor (nn.Module): The data preprocessor, whose ``blending`` makes them.
        clip_shape (Sequence[int], optional): (T, H, W) of the training clips.

    Raises:
        ValueError: If they are not, or cannot be made of such clips.
    """
    blending = getattr(preprocessor, 'blending', None)
    if clip_shape and hasattr(blending, 'check_clip_shape'):
        blending.check_clip_shape(clip_shape)


def check_channels(backbone: nn.Module, preprocessor: nn.Module) -> None:
    """Refuse a backbone for other channels than the data preprocessor normalizes.

    Args:
        backbone (nn.Module): The backbone.
        preprocessor (nn.Module): The data preprocessor.

    Raises:
        ValueError: If both say how many channels clips have, and not the same.
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
    """Refuse heads that would have nothing to read, or nothing to learn.

    Args:
        recognizer (BaseRecognizer): The recognizer, with all of its parts.

    Raises:
        ValueError: If there are no heads, or a neck that none reads, or as
            :func:`check_path_head`.
    """
    name = type(recognizer).__name__
    if recognizer.with_neck and not recognizer.with_cls_head:
        raise ValueError(
            'the neck needs a cls_head, which alone reads what it gives: give '
            f'{name} one, or leave out the neck'
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
    """Refuse a recognizer in which a head that reads one path cannot learn.

    The rules are those of :mod:`stcr_mmaction.models.heads.pretext_head`.

    Args:
        head (MotionHead | PretextHead): The head.
        recognizer (BaseRecognizer): What it is part of.

    Raises:
        ValueError: If there is no gradient, or no label, on the path that the head reads,
            or if an auxiliary loss has the name of its own.
    """
    name = type(head).__name__
    if head.task in getattr(recognizer.consistency_head, 'auxiliary_losses', ()):
        raise ValueError(
            f'loss_{head.task} is that of {name}: give the entry {head.task!r} of the '
            "consistency_head's auxiliary_losses another name"
        )
    if recognizer.target_backbone is not None and head.path == 'clean':
        raise ValueError(
            f'{name} reads the clean path, whose maps with target_momentum are those of '
            'the target, which no gradient flows through: it would train nothing; drop '
            'target_momentum, or take a head that reads the noise path'
        )
    blending = getattr(recognizer.data_preprocessor, 'blending', None)
    if head.path == 'noise' and getattr(blending, 'mixes_labels', False):
        raise ValueError(
            f'{name} reads the noise path, where {type(blending).__name__} blends clips '
            'of two videos, transformed differently: neither label is true of the blend; '
            'take IntraVideoMixup, or a head that reads the clean path'
        )


def check_read_path(head: PretextHead, layout: Layout, data_samples: SampleList) -> None:
    """Refuse temporal flips in a single path that is read for an order.

    Raises:
        ValueError: If there is one.
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
