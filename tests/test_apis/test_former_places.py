"""Imports of before apis was there."""

from importlib import import_module

import pytest

from stcr_mmaction import apis


@pytest.mark.parametrize(
    ('module', 'name'), [('switch_on', 'switch_on'), ('retrieve', 'to_retrieval')]
)
def test_a_former_place_works_and_names_the_new_one(module, name):
    with pytest.warns(DeprecationWarning, match='is now stcr_mmaction.apis'):
        former = import_module(f'stcr_mmaction.{module}')
    assert getattr(former, name) is getattr(apis, name)
