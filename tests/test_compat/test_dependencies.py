import mmcv
import mmengine.utils
import pytest

from stcr_mmaction.compat import dependencies
from stcr_mmaction.compat.dependencies import require_dependencies


def test_the_installed_stack_fits():
    require_dependencies()


@pytest.mark.parametrize(
    ('module', 'install'),
    [
        ('mmcv', 'pip install mmcv-lite==2.1.0 .* or, with them, mim install mmcv'),
        ('mmengine', 'pip install "mmengine.*pip install onedl-mmengine'),
        ('mmaction', 'pip install mmaction2==1.2.0'),
        ('importlib_metadata', 'pip install importlib_metadata'),
        ('pkg_resources', 'pip install "setuptools<81"'),
    ],
)
def test_a_missing_package_is_named(monkeypatch, module, install):
    found = dependencies.find_spec
    monkeypatch.setattr(dependencies, '_engine_imports_pkg_resources', lambda: True)
    monkeypatch.setattr(
        dependencies, 'find_spec', lambda m: None if m == module else found(m)
    )
    with pytest.raises(ImportError, match=f"'{module}'.*not installed: .*{install}"):
        require_dependencies()


def is_installed_of_mmengine():
    import pkg_resources

    return pkg_resources


def is_installed_of_its_fork():
    import importlib.metadata

    return importlib.metadata


@pytest.mark.parametrize('imports_it', [True, False])
def test_pkg_resources_is_asked_for_where_the_engine_imports_it(monkeypatch, imports_it):
    engine = is_installed_of_mmengine if imports_it else is_installed_of_its_fork
    monkeypatch.setattr(mmengine.utils, 'is_installed', engine)
    found = dependencies.find_spec
    monkeypatch.setattr(
        dependencies, 'find_spec', lambda m: m != 'pkg_resources' and found(m) or None
    )
    if imports_it:
        with pytest.raises(ImportError, match='onedl-mmengine, which does without'):
            require_dependencies()
    else:
        require_dependencies()


@pytest.mark.parametrize('version', ['1.7.2', '2.2.0', '2.3.6'])
def test_an_mmcv_that_mmaction2_would_not_take_is_named(monkeypatch, version):
    monkeypatch.setattr(mmcv, '__version__', version)
    owners = dict(mmcv=['onedl-mmcv', 'onedl-mmcv'])
    monkeypatch.setattr(dependencies, 'packages_distributions', lambda: owners)
    remedy = r'pip uninstall onedl-mmcv, then pip install mmcv-lite==2\.1'
    with pytest.raises(ImportError, match=f'{version} is installed: {remedy}'):
        require_dependencies()
