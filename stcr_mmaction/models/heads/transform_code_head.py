"""Pretext task: classify the transformation."""

from __future__ import annotations

from mmaction.registry import MODELS

from ...checks import check_choice
from ...functional import NUM_CODES, parse_code
from .pretext_head import ClipPretextHead

NUM_ROTATIONS = 4
TARGETS = dict(code=NUM_CODES, rotation=NUM_ROTATIONS)


@MODELS.register_module()
class TransformCodeHead(ClipPretextHead):
    """Classify the transformation code of the noise path, or only its rotation.

    Logs ``loss_transform_code`` and ``acc_transform_code``, or ``loss_rotation`` and
    ``acc_rotation``.

    Args:
        in_channels (int): C', channels of the feature maps.
        target (str): ``'code'``, 16 classes, or ``'rotation'``, 4 classes, regardless of
            flips. Defaults to 'code'.
        dropout_ratio (float): Dropout before the classifier. Defaults to 0.5.
        loss_weight (float): Weight of the cross entropy. Defaults to 1.0.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If ``target`` is unknown.

    Examples:
        >>> head = TransformCodeHead(in_channels=512, target='rotation')
        >>> [head.to_class(code) for code in (1, 5, 9, 14)]  # quarter turns
        [1, 1, 1, 2]

    Source: not in the paper. Rotation prediction: Gidaris et al., ICLR 2018; here also
        for all 16 codes.
    """

    path = 'noise'
    label_key = 'transform_codes'
    drawn_by = 'SpatioTemporalTransform'

    def __init__(
        self, in_channels: int, target: str = 'code', **kwargs: float | dict | None
    ) -> None:
        check_choice('target', target, tuple(TARGETS))
        super().__init__(in_channels, TARGETS[target], **kwargs)
        self.target = target

    @property
    def task(self) -> str:
        """Name of the task in the log."""
        return 'rotation' if self.target == 'rotation' else 'transform_code'

    def to_class(self, label: int) -> int:
        """Return the code or its quarter turns."""
        return parse_code(label).quarter_turns if self.target == 'rotation' else label
