"""The localizer that the mmaction2 wheel imports but does not contain."""

import sys
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

_DRN = 'mmaction.models.localizers.drn'


def replace_missing_drn() -> None:
    """Make `import mmaction.models` work without its `drn` package.

    Symptom: `No module named 'mmaction.models.localizers.drn'` on any import of
    mmaction.models: the folder has no `__init__.py`, so the 1.2.0 wheel lacks it.
    Thread: open-mmlab/mmaction2#2714.
    Fix: placeholder modules, whose `DRN` raises a clear error when it is built.
    Replaces, where the files are missing: `mmaction.models.localizers.drn`.
    Can go: with the first mmaction2 release that contains the folder.
    """
    if _DRN in sys.modules or _has_drn():
        return
    package = ModuleType(_DRN, 'Stand-in: the mmaction2 wheel lacks this package.')
    package.__path__ = []
    package.drn = ModuleType(f'{_DRN}.drn', package.__doc__)
    package.drn.DRN = _make_drn()
    sys.modules[_DRN] = package
    sys.modules[f'{_DRN}.drn'] = package.drn


def _has_drn() -> bool:
    # Not by find_spec(_DRN): that imports the parent packages, which is what fails.
    roots = find_spec('mmaction').submodule_search_locations
    return any(Path(root, 'models/localizers/drn/drn.py').is_file() for root in roots)


def _make_drn() -> type:
    from mmaction.registry import MODELS
    from torch import nn

    @MODELS.register_module()
    class DRN(nn.Module):
        """Placeholder for the localizer of that name; cannot be built."""

        def __init__(self, *_: Any, **__: Any) -> None:
            raise NotImplementedError(
                'DRN is missing from the mmaction2 1.2.0 wheel '
                '(open-mmlab/mmaction2#2714); to use it, install mmaction2 from a '
                'clone of its repository: pip install -e .'
            )

    return DRN
