"""Examples of docstrings, those with `>>>`, give what they show.

They know what a reader of the API reference has imported: NumPy, torch, and what the
packages of its pages export.
"""

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

ROOT = Path(__file__).parents[1]
MODULES = [
    '.'.join(path.relative_to(ROOT).with_suffix('').parts)
    for path in sorted((ROOT / 'stcr_mmaction').rglob('*.py'))
    if '>>>' in path.read_text()
]
PAGES = [path.stem for path in sorted((ROOT / 'docs/api').glob('*.md'))]


@pytest.fixture(scope='module')
def known():
    names = dict(np=np, torch=torch)
    for page in PAGES:
        exec(f'from stcr_mmaction.{page} import *', names)
    return names


@pytest.mark.parametrize('name', MODULES)
def test_examples_run(name, known):
    module = importlib.import_module(name)
    found = doctest.testmod(module, globs=known, raise_on_error=True)
    assert found.failed == 0
