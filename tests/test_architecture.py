"""Imports flow one way: apis -> layers -> functional, videos -> libraries.

The layers are engine, models, datasets and evaluation; they do not know each other, and
nothing in the package knows apis. The module type_names, which reads configs, knows
nothing of the package either.
"""

import ast
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / 'stcr_mmaction'
TOOLS = PACKAGE.parent / 'tools'
MAY_IMPORT = dict(
    functional={'functional', 'checks'},
    videos={'videos'},
    datasets={'datasets', 'functional', 'checks', 'type_names', 'videos'},
    models={'models', 'functional', 'checks', 'type_names', 'videos'},
    engine={'compat', 'engine', 'functional', 'checks', 'type_names', 'videos'},
    evaluation={'evaluation', 'functional', 'checks', 'videos'},
    compat={'compat', 'checks', 'functional', 'version', 'videos'},
)
LAYERS = {'datasets', 'models', 'engine', 'evaluation'}
ABOVE = {'functional', 'videos', 'checks', 'compat', 'type_names', 'version'}
MAY_IMPORT['apis'] = {'apis', *LAYERS, *ABOVE}

FUNCTIONAL_LIBRARIES = {*sys.stdlib_module_names, 'numpy', 'torch'}


def imported_modules(path):
    """Yield the dotted, absolute name of all that a file of the package imports."""
    parts = path.relative_to(PACKAGE.parent).with_suffix('').parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = parts[: len(parts) - node.level] if node.level else ()
            base = [*base, node.module] if node.module else base
            # What is imported may be a module: from ... import engine
            yield from ('.'.join([*base, alias.name]) for alias in node.names)


@pytest.mark.parametrize(
    'line',
    [
        'from ... import engine',
        'from ...engine import Hook',
        'from stcr_mmaction import engine',
        'import stcr_mmaction.engine',
    ],
)
def test_every_form_of_an_import_is_seen(line, tmp_path, monkeypatch):
    monkeypatch.setattr(f'{__name__}.PACKAGE', tmp_path / 'stcr_mmaction')
    file = tmp_path / 'stcr_mmaction' / 'models' / 'heads' / 'some.py'
    file.parent.mkdir(parents=True)
    file.write_text(line)
    (module,) = imported_modules(file)
    assert module.split('.')[:2] == ['stcr_mmaction', 'engine']


@pytest.mark.parametrize('layer', MAY_IMPORT)
def test_layers_import_only_what_is_below_them(layer):
    files = list((PACKAGE / layer).rglob('*.py'))
    assert files
    for path in files:
        for module in imported_modules(path):
            if module.startswith('stcr_mmaction.'):
                assert module.split('.')[1] in MAY_IMPORT[layer], (path, module)


def test_names_of_types_need_nothing_of_the_package():
    modules = imported_modules(PACKAGE / 'type_names.py')
    assert not [module for module in modules if module.startswith('stcr_mmaction')]


def test_functions_need_torch_and_numpy_alone():
    for path in (PACKAGE / 'functional').rglob('*.py'):
        roots = {module.split('.')[0] for module in imported_modules(path)}
        assert roots <= FUNCTIONAL_LIBRARIES | {'stcr_mmaction'}, path


def test_every_layer_is_covered():
    folders = {path.parent.name for path in PACKAGE.glob('*/__init__.py')}
    assert folders == set(MAY_IMPORT)


def test_scripts_import_their_neighbors_and_the_package_alone():
    """So that each runs from anywhere, and none has to change sys.path."""
    modules = {path.stem for path in TOOLS.rglob('*.py')} | {'tools'}
    for path in TOOLS.rglob('*.py'):
        if 'experiments' in path.parts:
            continue
        roots = {module.split('.')[0] for module in imported_modules(path)}
        neighbors = {neighbor.stem for neighbor in path.parent.glob('*.py')}
        assert roots & modules <= neighbors, path


def test_nothing_changes_where_modules_are_found():
    change = re.compile(r'sys\.path\b *(\.\w|\[.*\] *\+?=|\+?=)')
    files = [*TOOLS.rglob('*.py'), *Path(__file__).parent.rglob('*.py')]
    assert not [path for path in files if change.search(path.read_text())]
