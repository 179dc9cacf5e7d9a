"""Old names that configs of version 0.1.0 may use."""

from __future__ import annotations

from typing import Any, NoReturn

from mmaction.registry import MODELS


@MODELS.register_module(name=['InterVideoMixup', 'VideoCutMix', 'VideoMixup'])
def refuse_blending_of_one_path(**arguments: Any) -> NoReturn:
    """Explain how to use augmentations that need another video.

    Raises:
        ValueError: Always.
    """
    raise ValueError(
        'InterVideoMixup, VideoCutMix and VideoMixup are augmentations of the noise path '
        'now: in place of SiamesePaths in the train pipeline, write data_preprocessor='
        "dict(blending=dict(type='SiameseBlending', clean=[...], noise=[..., "
        "dict(type='InterVideoMixup')]))"
    )
