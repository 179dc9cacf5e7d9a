import importlib
import os
import subprocess
import sys

import pytest
from mmaction.registry import MODELS

from stcr_mmaction.compat import optional_models

BUILD = """
from mmengine.registry import init_default_scope
import stcr_mmaction
from mmaction.registry import MODELS
init_default_scope('mmaction')
MODELS.build(dict(type='CrossEntropyLoss'))
for model in 'VindLUVQA', 'MobileOneTSM':
    try:
        MODELS.build(dict(type=model))
    except ImportError as error:
        print(error)
"""


@pytest.fixture
def import_optional(tmp_path, monkeypatch):
    """Return a function that writes the optional module of a package and imports it."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(optional_models, '_OPTIONAL', {'host.part': ('Part',)})
    finder = optional_models._OptionalModules()
    monkeypatch.setattr(sys, 'meta_path', [finder, *sys.meta_path])
    (tmp_path / 'host').mkdir()
    (tmp_path / 'host' / '__init__.py').touch()

    def write_and_import(source):
        (tmp_path / 'host' / 'part.py').write_text(source)
        return importlib.import_module('host.part')

    yield write_and_import
    for name in ('host', 'host.part'):
        sys.modules.pop(name, None)
    MODELS.module_dict.pop('Part', None)


def test_a_module_that_imports_is_left_alone(import_optional):
    module = import_optional('class Part:\n    """Real."""\n')
    assert module.Part().__doc__ == 'Real.'
    assert 'Part' not in MODELS.module_dict


@pytest.mark.parametrize(
    ('source', 'error'),
    [
        ('from os import absent', "ImportError: cannot import name 'absent'"),
        ('import absent', "ModuleNotFoundError: No module named 'absent'"),
        ('import os; os.absent', 'AttributeError: '),
        ('assert False, "not this version"', 'AssertionError: not this version'),
        ('not a program', 'SyntaxError: '),
    ],
)
def test_one_that_raises_holds_stand_ins_only(import_optional, source, error):
    module = import_optional(f'first = 1\n{source}')
    assert {name for name in vars(module) if not name.startswith('__')} == {'Part'}
    with pytest.raises(ImportError, match=f'Part of mmaction2 .* failed with {error}'):
        MODELS.build(dict(type='Part', pretrained=None))


def test_the_stand_in_replaces_what_came_to_be_registered(import_optional):
    import_optional(
        'from mmaction.registry import MODELS\n'
        '@MODELS.register_module()\n'
        'class Part:\n'
        '    pass\n'
        'import absent'
    )
    with pytest.raises(ImportError, match="'absent'"):
        MODELS.build(dict(type='Part'))


def install(folder, name, version, source):
    """Make a package that is installed, and does this when it is imported."""
    (folder / name).mkdir()
    (folder / name / '__init__.py').write_text(source)
    info = folder / f'{name}-{version}.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text(f'Name: {name}\nVersion: {version}\n')


def test_stcr_mmaction_can_be_imported_beside_packages_that_do_not_fit(tmp_path):
    install(tmp_path, 'transformers', '5.17.0', 'raise ImportError("no chunking")')
    install(tmp_path, 'mmdet', '3.0.0', 'raise AssertionError("mmcv is too new")')
    install(tmp_path, 'mmpretrain', '1.0.0', 'raise AttributeError("np.Inf is gone")')
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, '-c', BUILD],
        env=os.environ | dict(PYTHONPATH=path),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert 'VindLUVQA of mmaction2 cannot be used' in done.stdout
    assert 'ImportError: no chunking' in done.stdout
    assert 'AttributeError: np.Inf is gone' in done.stdout
