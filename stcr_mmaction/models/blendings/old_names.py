"""Names of version 0.1.0 that configs may still hold."""

from __future__ import annotations

from typing import Any, NoReturn

from mmaction.registry import MODELS


@MODELS.register_module(name=['InterVideoMixup', 'VideoCutMix', 'VideoMixup'])
def refuse_blending_of_one_path(**arguments: Any) -> NoReturn:
    """Say where the augmentations that need another video went.

    Raises:
        ValueError: Always.
    """
    raise ValueError(
        'InterVideoMixup, VideoCutMix and VideoMixup are augmentations of the noise path '
        'now: in place of SiamesePaths in the train pipeline, write data_preprocessor='
        "dict(blending=dict(type='SiameseBlending', clean=[...], noise=[..., "
        "dict(type='InterVideoMixup')]))"
    )
