"""The old location of :mod:`stcr_mmaction.apis.retrieve`."""

import warnings

from .apis.retrieve import *  # noqa: F403

warnings.warn(f'{__name__} is now stcr_mmaction.apis', DeprecationWarning, stacklevel=2)
