import sys
from importlib.machinery import ModuleSpec

import pytest
from mmaction.registry import MODELS

from stcr_mmaction.compat import localizers

DRN = 'mmaction.models.localizers.drn'


def test_building_the_stand_in_says_what_is_missing():
    if localizers._has_drn():
        pytest.skip('this mmaction2 has its DRN')
    with pytest.raises(NotImplementedError, match='mmaction2#2714'):
        MODELS.build(dict(type='DRN', vocab_size=10))


@pytest.mark.parametrize('present', [True, False])
def test_stands_in_only_where_it_is_missing(tmp_path, monkeypatch, present):
    if present:
        (tmp_path / 'models/localizers/drn').mkdir(parents=True)
        (tmp_path / 'models/localizers/drn/drn.py').touch()
    spec = ModuleSpec('mmaction', None, is_package=True)
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(localizers, 'find_spec', lambda _: spec)
    monkeypatch.setattr(localizers, '_make_drn', lambda: object)
    monkeypatch.delitem(sys.modules, DRN, raising=False)
    monkeypatch.delitem(sys.modules, f'{DRN}.drn', raising=False)
    localizers.replace_missing_drn()
    assert (DRN in sys.modules) is not present
