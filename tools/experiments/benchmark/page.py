"""Write docs/costs.md from the result files.

python -m tools.experiments.benchmark.page
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from .. import ROOT

FIGURES, PAGE = ROOT / 'docs/costs', ROOT / 'docs/costs.md'
TEXT = """# What it costs

Written by `python -m tools.experiments.benchmark.page` from the files in [costs](costs);
do not edit. `make bench ARGS="--out docs/costs/NAME.json"` writes these files.

Each row compares two things, which are run in turn. *Ratio* is the time of the first
divided by the time of the second: the median over many rounds, with quartiles. Below 1 is
faster. *Aim* is the largest ratio that we want. The row of memory has a ratio of memory.
"""
SUMMARY = {
    'STCR step': 'A training step of STCR sees two clips of each video. It takes {} as '
    'long as two steps of a stock `Recognizer3D` that see one clip each.',
    'peak memory of an STCR step': 'Such a step needs {} the memory of one stock step '
    'with as many clips.',
    'channels last': 'With another memory format of the convolutions, which '
    '`ChannelsLastHook` sets, an STCR step takes {} as long as without.',
    "two-path sample, recipe 'contrast'": 'Reading a video and making both paths of the '
    'recommended recipe takes {} as long as a stock sample of one clip.',
}
"""For each row a sentence; its ratios are filled in."""
HEAD = ('what', 'against', 'ratio', 'quartiles', 'aim', 'the other takes', 'on')


def main() -> None:
    """Write the page."""
    PAGE.write_text(make_page(sorted(FIGURES.glob('*.json'))))


def make_page(files: list[Path]) -> str:
    """Return the page for some result files."""
    results = {file.stem: json.loads(file.read_text()) for file in files}
    sections = (_make_section(*result) for result in results.items())
    return ''.join([TEXT, '\n', *_summarize(list(results.values())), *sections])


def _summarize(results: Sequence[dict]) -> Iterator[str]:
    """Yield an item for each row of the summary, with its ratio on each device."""
    for name, sentence in SUMMARY.items():
        times = [
            f'{row["ratio"]:.2f} times ({figures["hardware"]["device"]})'
            for figures in results
            for row in figures['rows']
            if row['name'] == name
        ]
        if times:
            yield f'- {sentence.format(" and ".join(times))}\n'


def _make_section(name: str, figures: dict) -> str:
    hardware = ', '.join(f'{key} {value}' for key, value in figures['hardware'].items())
    lines = [HEAD, ['--'] * len(HEAD), *map(_make_cells, figures['rows'])]
    table = ''.join(f'| {" | ".join(cells)} |\n' for cells in lines)
    return f'\n## {name}\n\n{hardware}\n\n{table}'


def _make_cells(row: dict) -> list[str]:
    low, high = row['quartiles']
    figures = f'{row["ratio"]:.2f}', f'{low:.2f} to {high:.2f}', f'{row["aim"]:.2f}'
    where = ' '.join(filter(None, (row['what'], row['note'])))
    return [row['name'], row['reference'], *figures, row['reference_figure'], where]


if __name__ == '__main__':
    main()
