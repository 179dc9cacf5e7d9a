"""The page lists the names of other packages that importing this one replaces."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stcr_mmaction.compat import list_gaps
from stcr_mmaction.compat.page import read_facts, write_page

PAGE = Path(__file__).parents[2] / 'docs' / 'replaced_names.md'
LOOK = """
import json, sys, types, warnings

warnings.simplefilter('ignore')
OURS = 'stcr_mmaction'
HOSTS = 'mmengine', 'mmcv', 'mmaction', 'torch', 'numpy', 'decord', 'cv2', 'av'


def names():
    found = {}
    for module in list(sys.modules):
        if module.split('.')[0] in HOSTS:
            collect_names(sys.modules[module], module, found)
    return found


def collect_names(owner, path, found):
    for name, value in list(vars(owner).items()):
        found[f'{path}.{name}'] = value
        if isinstance(value, dict):
            del found[f'{path}.{name}']
            found.update({f'{path}.{name}[{k!r}]': v for k, v in value.items()})
        elif isinstance(owner, types.ModuleType) and isinstance(value, type):
            if value.__module__ == path:
                collect_names(value, f'{path}.{name}', found)


def is_ours(value):
    value = getattr(value, '__func__', value)
    code = getattr(value, '__code__', None)
    module = code.co_filename if code else type(value).__module__
    return OURS in module.replace('.', '/').split('/')


import av, cv2, decord, mmcv.transforms, mmengine.hooks, mmengine.runner
from mmengine.runner._flexible_runner import FlexibleRunner

# What may be missing or fail: without this package nothing else could be imported.
for name in (
    'localizers.drn', 'localizers.drn.drn', 'multimodal', 'backbones.mobileone_tsm',
    'roi_heads', 'task_modules',
):
    stub = sys.modules['mmaction.models.' + name] = types.ModuleType(name)
    stub.__all__, stub.DRN, stub.MobileOneTSM = [], object, object
import mmaction.apis, mmaction.datasets, mmaction.engine, mmaction.evaluation
import mmaction.models, mmaction.visualization


def compare(before, after):
    replaced = [n for n in before if n not in after or after[n] is not before[n]]
    replaced += [n for n in after.keys() - before.keys() if is_ours(after[n])]
    return sorted(replaced)


before = names()
import stcr_mmaction
with_us = names()

mmengine.runner.Runner.val = None
del mmengine.runner.Runner.from_cfg
sys.modules['torch'].load = None
mmengine.runner.CheckpointLoader._schemes['http://'] = None
mmengine.registry.HOOKS.register_module(module=type('New', (), {}))
new = sys.modules['mmengine.new'] = types.ModuleType('mmengine.new')
new.theirs = is_ours
exec(compile('def ours(): pass', '/x/stcr_mmaction/y.py', 'exec'), vars(new))
print(json.dumps([compare(before, with_us), compare(with_us, names())]))
"""


@pytest.fixture(scope='module')
def replaced():
    """Names that the import replaces, and those that the script does after it."""
    done = subprocess.run([sys.executable, '-c', LOOK], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return [set(names) for names in json.loads(done.stdout.splitlines()[-1])]


def list_names(conditions):
    """Names that gaps state to replace, everywhere or under conditions."""
    return {
        name
        for gap in list_gaps()
        for label, fact in read_facts(gap).items()
        if label.startswith('Replaces') and (label != 'Replaces') == conditions
        for name in re.findall('`(.*?)`', fact)
    }


def test_what_is_replaced_is_listed_and_what_is_listed_is_replaced(replaced):
    found = replaced[0]
    everywhere, somewhere = list_names(False), list_names(True)
    assert not found - everywhere - somewhere, 'not listed'
    assert not everywhere - found, 'listed, and not replaced'
    assert any(name.endswith('is_cuda_available') for name in found & somewhere)


def test_names_that_are_replaced_are_found(replaced):
    assert replaced[1] == {
        'mmengine.runner.runner.Runner.val',
        'mmengine.runner.runner.Runner.from_cfg',
        'torch.load',
        "mmengine.runner.checkpoint.CheckpointLoader._schemes['http://']",
        'mmengine.new.ours',
    }


def test_every_gap_says_what_it_replaces_and_when_it_can_go():
    for gap in list_gaps():
        labels = {label.split(',')[0].rstrip('s') for label in read_facts(gap)}
        assert labels == {'Symptom', 'Thread', 'Fix', 'Replace', 'Can go'}, gap


def test_the_page_is_made_of_the_gaps():
    assert PAGE.read_text() == write_page(), (
        'python -m stcr_mmaction.compat.page > docs/replaced_names.md'
    )
