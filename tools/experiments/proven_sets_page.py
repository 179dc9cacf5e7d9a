"""Write the page of the proven sets from their result files."""

import json
from collections.abc import Callable, Iterator

from . import ROOT

DOCS = ROOT / 'docs'
RESULTS = DOCS / 'proven_sets'

INTRODUCTION = """\
# Proven sets of packages

Each column is a set of package versions. It was installed into an empty environment, and
the default tests were run there. `make prove` repeats this and writes this page. The
files in [proven_sets](proven_sets) have the versions of all packages.
"""
PACKAGES = (
    *('Python', 'torch', 'numpy', 'mmengine', 'onedl-mmengine', 'mmcv-lite', 'mmaction2'),
    *('decord', 'decord2', 'av', 'opencv-python', 'scikit-learn', 'setuptools'),
    *('transformers', 'pandas', 'pytest'),
)
OTHER_ROWS: dict[str, Callable[[dict], object]] = {
    'passed': lambda told: told['counts']['passed'],
    'failed': lambda told: told['counts']['failed'],
    'skipped': lambda told: told['counts']['skipped'],
    'minutes': lambda told: round(told['seconds'] / 60, 1),
    'commit': lambda told: told['commit'],
    'date': lambda told: told['date'],
}


def write_page() -> None:
    """Write docs/proven_sets.md."""
    files = sorted(RESULTS.glob('*.json'))
    sets = {file.stem: json.loads(file.read_text()) for file in files}
    (DOCS / 'proven_sets.md').write_text('\n'.join(lines(sets)) + '\n')


def lines(sets: dict[str, dict]) -> Iterator[str]:
    """Yield the lines of the page.

    Args:
        sets (dict[str, dict]): Results of each set by name.
    """
    yield INTRODUCTION
    yield row('', sets)
    yield row('---', ['---'] * len(sets))
    for name in PACKAGES:
        cells = [told['versions'].get(name, '') for told in sets.values()]
        if any(cells):
            yield row(name, cells)
    for name, cell in OTHER_ROWS.items():
        cells = [cell(told) for told in sets.values()]
        if any(cells) or name == 'failed':
            yield row(name, cells)
    yield ''
    for name, told in sets.items():
        install = ' && '.join(install_commands(told['requirements']))
        yield f'- {name}: `{install}`'
    for name, told in sets.items():
        if told['failures']:
            yield f'\n## What fails in {name}\n'
            yield from (f'- `{failure}`' for failure in told['failures'])


def row(name: str, cells: object) -> str:
    """Return a row of the table."""
    return '| ' + ' | '.join([name, *map(str, cells)]) + ' |'


def install_commands(files: list[str]) -> Iterator[str]:
    """Yield the commands that install a set; the second file without dependencies."""
    for options, file in zip(('', '--no-deps '), files, strict=False):
        yield f'pip install {options}-r requirements/{file}'
