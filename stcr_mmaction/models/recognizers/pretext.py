"""What a pretext head cannot be combined with; see :mod:`..heads.pretext_head`."""

from __future__ import annotations

from mmaction.utils import SampleList
from torch import nn

from ...functional import parse_code
from ..heads import PretextHead
from .paths import Layout


def check_pretext_head(
    head: PretextHead,
    has_target: bool,
    preprocessor: nn.Module,
    consistency_head: nn.Module | None = None,
) -> None:
    """Refuse a model in which the head cannot learn.

    Args:
        head (PretextHead): The head.
        has_target (bool): Whether the clean path's maps are those of the target.
        preprocessor (nn.Module): The data preprocessor of the model.
        consistency_head (nn.Module, optional): The one beside it. Defaults to None.

    Raises:
        ValueError: If there is no gradient, or no label, on the path that the head reads,
            or if an auxiliary loss has the name of its own.
    """
    name = type(head).__name__
    if head.task in getattr(consistency_head, 'auxiliary_losses', ()):
        raise ValueError(
            f'loss_{head.task} is that of {name}: give the entry {head.task!r} of the '
            "consistency_head's auxiliary_losses another name"
        )
    if has_target and head.path == 'clean':
        raise ValueError(
            f'{name} reads the clean path, whose maps with target_momentum are those of '
            'the target, which no gradient flows through: it would train nothing; drop '
            'target_momentum, or take a head that reads the noise path'
        )
    blending = getattr(preprocessor, 'blending', None)
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
