"""The models of mmaction2 that need optional packages."""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

# Optional modules of mmaction.models, and their models. The detection modules need no
# placeholders: they are used through mmdet, which reports what is missing.
_OPTIONAL = {
    'mmaction.models.multimodal': ('VindLUVQA', 'VindLURetrievalMC', 'VindLURetrieval'),
    'mmaction.models.backbones.mobileone_tsm': ('MobileOneTSM',),
    'mmaction.models.roi_heads': (),
    'mmaction.models.task_modules': (),
}


def skip_broken_optional_models() -> None:
    """Make `import mmaction.models` work if its optional models cannot be imported.

    Symptom: with some `transformers` installed, anything that imports mmaction.models
    ends with `cannot import name 'apply_chunking_to_forward'` (transformers 5) or
    `No module named 'timm'`; with an mmdet or mmpretrain that does not fit, with its
    assertion.
    Thread: none known.
    Fix: a failing module only contains placeholders, which raise its error when they are
    built.
    Replaces, where its import fails: what is in `mmaction.models.multimodal`,
    `mmaction.models.backbones.mobileone_tsm`, `mmaction.models.roi_heads` or
    `mmaction.models.task_modules`.
    Can go: when mmaction2 catches every error of its optional imports.
    """
    finder = _OptionalModules()
    sys.meta_path.insert(0, finder)
    try:
        import mmaction.models  # noqa: F401
    finally:
        sys.meta_path.remove(finder)


class _OptionalModules(MetaPathFinder):
    """Finds the optional modules, and lets their import fail."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _OPTIONAL:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None:
            spec.loader = _Optional(spec.loader)
        return spec


class _Optional(Loader):
    """Loads a module; if that fails, it only contains placeholders."""

    def __init__(self, stock: Loader) -> None:
        self._stock = stock

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._stock.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        own = dict(vars(module))
        try:
            self._stock.exec_module(module)
        except Exception as error:
            vars(module).clear()
            vars(module).update(own)
            for name in _OPTIONAL[module.__name__]:
                setattr(module, name, _make_placeholder(name, error))


def _make_placeholder(name: str, error: Exception) -> type:
    from mmaction.registry import MODELS

    def refuse(*_: Any, **__: Any) -> None:
        raise ImportError(
            f'{name} of mmaction2 cannot be used: its import failed with '
            f'{type(error).__name__}: {error}. Install the packages that it needs, in '
            'the versions that it was written for.'
        ) from error

    model = type(name, (), dict(__init__=refuse, __doc__='Stands in; cannot be built.'))
    # The failed import may have registered the model before.
    return MODELS.register_module(name, force=True, module=model)
