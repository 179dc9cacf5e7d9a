"""Which recognizer classes two paths can be given to."""

from __future__ import annotations

from collections.abc import Sequence

from mmaction.models import (
    BaseRecognizer,
    MMRecognizer3D,
    Recognizer2D,
    RecognizerAudio,
    RecognizerGCN,
)

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
