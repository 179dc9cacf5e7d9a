"""Check for packages that mmaction2 needs but does not declare."""

from importlib.metadata import packages_distributions
from importlib.util import find_spec

_HOW_TO_INSTALL = {
    'mmengine': (
        'pip install "mmengine>=0.10.4,<1.0" "setuptools<81", or the maintained fork, '
        'pip install onedl-mmengine; not both, as they own the same folder'
    ),
    'mmaction': 'pip install mmaction2==1.2.0',
    'mmcv': (
        'pip install mmcv-lite==2.1.0 (no compiled operators, none are needed), '
        'or, with them, mim install mmcv==2.1.0'
    ),
    'importlib_metadata': 'pip install importlib_metadata',
    'pkg_resources': (
        'pip install "setuptools<81", or put onedl-mmengine, which does without, in the '
        'place of mmengine'
    ),
}


def require_dependencies() -> None:
    """Say what to install if an import deep in mmaction2 would fail.

    Symptoms: `No module named 'mmcv'` (mmaction2 declares no mmcv, since either of two
    packages brings it; the same with `mmengine`), `No module named 'importlib_metadata'`
    (imported by mmaction2, not declared), `No module named 'pkg_resources'` (imported by
    mmengine, but not by its fork; dropped by setuptools 81), `MMCV==2.2.0 is used but
    incompatible`.
    Threads: open-mmlab/mmcv#3096, open-mmlab/mmaction2#2714.
    Can go: when mmaction2 declares what it imports.

    Raises:
        ImportError: If a package is missing, or mmcv is not in [2.0.0, 2.2.0).
    """
    for module in ('mmengine', 'mmaction', 'mmcv', 'importlib_metadata'):
        _require(module)
    if _engine_imports_pkg_resources():
        _require('pkg_resources')
    _require_fitting_mmcv()


def _require(module: str) -> None:
    if find_spec(module) is None:
        raise ImportError(
            f'stcr_mmaction needs the module {module!r}, which is not installed: '
            f'{_HOW_TO_INSTALL[module]}',
            name=module,
        )


def _engine_imports_pkg_resources() -> bool:
    from mmengine.utils import is_installed

    return 'pkg_resources' in is_installed.__code__.co_names


def _require_fitting_mmcv() -> None:
    """Raise ImportError where mmaction2's own assertion on mmcv would fail."""
    import mmcv
    from mmengine.utils import digit_version

    lowest, above = digit_version('2.0.0'), digit_version('2.2.0')
    if not lowest <= digit_version(mmcv.__version__) < above:
        owners = ' '.join(sorted(set(packages_distributions().get('mmcv', ['mmcv']))))
        raise ImportError(
            f'mmaction2 1.2.0 needs mmcv >= 2.0.0, < 2.2.0, but {mmcv.__version__} is '
            f'installed: pip uninstall {owners}, then {_HOW_TO_INSTALL["mmcv"]}',
            name='mmcv',
        )
