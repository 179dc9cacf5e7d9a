"""Spatio-temporal consistency regularization (STCR) for MMAction2.

Importing the package registers all its modules, so that one line of a config,
`custom_imports = dict(imports=['stcr_mmaction'], allow_failed_imports=False)`, does.
"""

from .compat import close_gaps
from .version import __version__

close_gaps()  # before anything of mmaction.models is imported

from . import datasets, engine, evaluation, models  # noqa: E402

__all__ = ['__version__', 'datasets', 'engine', 'evaluation', 'models']
