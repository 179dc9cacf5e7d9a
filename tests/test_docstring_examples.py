"""Examples of docstrings, those with `>>>`, give what they show."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = [
    '.'.join(path.relative_to(ROOT).with_suffix('').parts)
    for path in sorted((ROOT / 'stcr_mmaction').rglob('*.py'))
    if '>>>' in path.read_text()
]


@pytest.mark.parametrize('name', MODULES)
def test_examples_run(name):
    found = doctest.testmod(importlib.import_module(name), raise_on_error=True)
    assert found.failed == 0
