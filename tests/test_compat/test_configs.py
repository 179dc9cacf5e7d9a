from pathlib import Path

import pytest
from mmengine.config import Config

from stcr_mmaction.compat import configs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A package with two configs, the second based on the first."""
    folder = tmp_path / 'package'
    (folder / '_base_').mkdir(parents=True)
    (folder / '_base_/model.py').write_text(
        "model = dict(type='A', head=dict(type='B', classes=1))"
    )
    (folder / 'x.py').write_text(
        "_base_ = 'stcr_mmaction::_base_/model.py'\nmodel = dict(head=dict(classes=7))"
    )
    monkeypatch.setattr(configs, '_CONFIGS', folder)
    return folder


MERGED = dict(type='A', head=dict(type='B', classes=7))


def test_a_base_is_found_by_package_name(packaged, tmp_path):
    (tmp_path / 'mine.py').write_text("_base_ = ['stcr_mmaction::x.py']")
    # No `_scope_` keys: our modules are in the registries of mmaction.
    assert Config.fromfile(tmp_path / 'mine.py').model == MERGED


def test_fromfile_takes_the_name(packaged):
    assert Config.fromfile('stcr_mmaction::x.py').model == MERGED


def test_a_missing_config_is_named(packaged, tmp_path):
    (tmp_path / 'mine.py').write_text("_base_ = 'stcr_mmaction::no/such.py'")
    for name in (tmp_path / 'mine.py', 'stcr_mmaction::no/such.py'):
        with pytest.raises(FileNotFoundError, match="no config 'no/such.py'"):
            Config.fromfile(name)


@pytest.mark.parametrize(
    ('name', 'words'),
    [
        ('stcr/stcr_r3d-vcop_8xb8-16x4x1-50e_hmdb51-rgb.py', 'DATASET=hmdb51'),
        ('_base_/datasets/ucf101_siamese.py', '_base_/datasets/pretraining.py'),
        ('stcr/beyond_paper/stcr-target_r3d-vcop.py', 'recommended is in stcr/'),
        ('stcr/stcr-contrast_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py', '64-16x4x1-200e_'),
    ],
)
def test_a_config_of_an_earlier_version_is_told_by_what_took_its_place(name, words):
    with pytest.raises(FileNotFoundError, match=words):
        Config.fromfile(f'stcr_mmaction::{name}')


def test_other_packages_and_relative_bases_are_found_as_before(tmp_path):
    (tmp_path / 'mine.py').write_text("_base_ = 'mmaction::_base_/default_runtime.py'")
    (tmp_path / 'child.py').write_text("_base_ = './mine.py'")
    assert Config.fromfile(tmp_path / 'child.py').default_scope == 'mmaction'


def test_a_stock_config_that_the_list_of_models_misspells_is_found(tmp_path):
    name = 'recognition/c2d/c2d_r50-in1k-pre_8xb32-16x4x1-100e_kinetics400-rgb.py'
    (tmp_path / 'child.py').write_text(f"_base_ = 'mmaction::{name}'")
    for path in (tmp_path / 'child.py', f'mmaction::{name}'):
        assert Config.fromfile(path).model.backbone.type == 'C2D'


@pytest.mark.parametrize('folder', ['configs', 'tools'])
def test_what_is_packaged_is_what_is_in_the_repository(folder):
    packaged = Path(configs.__file__).parents[1] / '.mim' / folder
    names = {path.relative_to(packaged) for path in packaged.rglob('*.py')}
    assert names
    assert names == {p.relative_to(ROOT / folder) for p in (ROOT / folder).rglob('*.py')}
