"""Old names that configs of version 0.1.0 may use."""

from __future__ import annotations

import warnings
from typing import Any

from mmaction.registry import TRANSFORMS

from .appearance import RandomColorMatrix


@TRANSFORMS.register_module()
class RandomColourMatrix(RandomColorMatrix):
    """:class:`RandomColorMatrix` under its name of version 0.1.0."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            'RandomColourMatrix is now called RandomColorMatrix',
            DeprecationWarning,
            stacklevel=2,
        )
        super().__init__(*args, **kwargs)
