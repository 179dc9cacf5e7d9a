"""The old location of :mod:`stcr_mmaction.apis.switch_on`."""

import warnings

from .apis.switch_on import *  # noqa: F403

warnings.warn(f'{__name__} is now stcr_mmaction.apis', DeprecationWarning, stacklevel=2)
