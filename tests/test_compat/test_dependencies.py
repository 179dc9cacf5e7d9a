import mmcv
import pytest

from stcr_mmaction.compat import dependencies
from stcr_mmaction.compat.dependencies import require_dependencies


def test_the_installed_stack_fits():
    require_dependencies()


@pytest.mark.parametrize(
    ('module', 'install'),
    [
        ('mmcv', 'pip install mmcv-lite==2.1.0 .* or, with them, mim install mmcv'),
        ('mmengine', 'pip install "mmengine'),
        ('mmaction', 'pip install mmaction2==1.2.0'),
        ('importlib_metadata', 'pip install importlib_metadata'),
        ('pkg_resources', 'pip install "setuptools<81"'),
    ],
)
def test_a_missing_package_is_named(monkeypatch, module, install):
    found = dependencies.find_spec
    monkeypatch.setattr(
        dependencies, 'find_spec', lambda m: None if m == module else found(m)
    )
    with pytest.raises(ImportError, match=f"'{module}'.*not installed: .*{install}"):
        require_dependencies()


@pytest.mark.parametrize('version', ['1.7.2', '2.2.0'])
def test_an_mmcv_that_mmaction2_would_not_take_is_named(monkeypatch, version):
    monkeypatch.setattr(mmcv, '__version__', version)
    with pytest.raises(ImportError, match=rf'{version} is installed.*mmcv-lite==2\.1'):
        require_dependencies()
