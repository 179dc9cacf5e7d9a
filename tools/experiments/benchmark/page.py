"""Write docs/costs.md from the result files.

python -m tools.experiments.benchmark.page
"""

from __future__ import annotations

import json
from pathlib import Path

from .. import ROOT

FIGURES, PAGE = ROOT / 'docs/costs', ROOT / 'docs/costs.md'
TEXT = """# What it costs

Written by `python -m tools.experiments.benchmark.page` from the files in [costs](costs),
which `make bench ARGS="--out docs/costs/NAME.json"` writes; do not edit. A ratio is the
median over rounds in which both were run in turn; below 1 is faster, or less memory.
"""
HEAD = ('what', 'against', 'ratio', 'quartiles', 'aim', 'the other takes', 'on')


def main() -> None:
    """Write the page."""
    PAGE.write_text(make_page(sorted(FIGURES.glob('*.json'))))


def make_page(files: list[Path]) -> str:
    """Return the page for some result files."""
    return TEXT + ''.join(map(_make_section, files))


def _make_section(file: Path) -> str:
    figures = json.loads(file.read_text())
    hardware = ', '.join(f'{key} {value}' for key, value in figures['hardware'].items())
    lines = [HEAD, ['--'] * len(HEAD), *map(_make_cells, figures['rows'])]
    table = ''.join(f'| {" | ".join(cells)} |\n' for cells in lines)
    return f'\n## {file.stem}\n\n{hardware}\n\n{table}'


def _make_cells(row: dict) -> list[str]:
    low, high = row['quartiles']
    figures = f'{row["ratio"]:.2f}', f'{low:.2f} to {high:.2f}', f'{row["aim"]:.2f}'
    where = ' '.join(filter(None, (row['what'], row['note'])))
    return [row['name'], row['reference'], *figures, row['reference_figure'], where]


if __name__ == '__main__':
    main()
