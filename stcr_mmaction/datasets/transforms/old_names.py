"""Names of version 0.1.0 that configs may still hold."""

from __future__ import annotations

import warnings
from typing import Any

from mmaction.registry import TRANSFORMS

from .appearance import RandomColorMatrix


@TRANSFORMS.register_module()
class RandomColourMatrix(RandomColorMatrix):
    """:class:`RandomColorMatrix`, as it was called in version 0.1.0."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            'RandomColourMatrix is now called RandomColorMatrix',
            DeprecationWarning,
            stacklevel=2,
        )
        super().__init__(*args, **kwargs)
