"""Pretext task: the arrow of time."""

from __future__ import annotations

from mmaction.registry import MODELS

from ...functional import parse_code
from .pretext_head import ClipPretextHead


@MODELS.register_module()
class ArrowOfTimeHead(ClipPretextHead):
    """Classify whether a clip runs forwards (class 0) or backwards (class 1).

    The label is the temporal flip of the noise path, so it needs
    :class:`SpatioTemporalTransform` with codes below 8 and from 8 on. Logs
    ``loss_arrow_of_time`` and ``acc_arrow_of_time``.

    Args:
        in_channels (int): C', channels of the feature maps.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Examples:
        >>> head = ArrowOfTimeHead(in_channels=512)
        >>> [head.to_class(code) for code in (0, 7, 8, 15)]
        [0, 0, 1, 1]

    Source: Wei et al., Learning and Using the Arrow of Time, CVPR 2018; with frames
        instead of optical flow, and one clip instead of several segments.
    """

    task = 'arrow_of_time'
    path = 'noise'
    label_key = 'transform_codes'
    drawn_by = 'SpatioTemporalTransform'

    def __init__(self, in_channels: int, **kwargs: float | dict | None) -> None:
        super().__init__(in_channels, num_classes=2, **kwargs)

    def to_class(self, label: int) -> int:
        """Return the temporal flip of a code."""
        return int(parse_code(label).temporal_flip)
