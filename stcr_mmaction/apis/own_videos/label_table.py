"""Read labels from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from .label_rows import SPLITS, Row, locate, read_text

COLUMNS = ('path', 'label', 'group', 'split')
NAMES_OF_PATH = ('path', 'video', 'file', 'filename')
DELIMITERS = '\t;,'
"""If the first line has two equally often, the earlier one counts: names have commas."""


def read_table(source: Path, folders: Sequence[Path]) -> list[Row]:
    """Read a CSV of ``path,label[,group][,split]``, with a header or without.

    Without a header, a third and last column that only has names of splits is the split.

    Args:
        source (Path): The file; cells are separated by commas, semicolons or tabs.
        folders (Sequence[Path]): Folders of the videos: a first row that names a video is
            not a header.

    Raises:
        OSError: If it cannot be read.
        ValueError: If it is not such a table; the message names the row.
    """
    table = _read_cells(source)
    if not table:
        return []
    (_, first), header = table[0], []
    if first[0].lower() in NAMES_OF_PATH and not locate(first[0], folders):
        header = ['path', *(name.lower() for name in first[1:])]
        table = table[1:]
    columns = header or COLUMNS[: max(len(cells) for _, cells in table)]
    _check_columns(source, columns, first if header else columns)
    if not header and len(columns) == 3 and _hold_splits(table):
        columns = ('path', 'label', 'split')
    return [_make_row(source, number, cells, columns) for number, cells in table]


def _read_cells(source: Path) -> list[tuple[int, list[str]]]:
    """Return the number and the cells of each row that is not empty."""
    text = read_text(source)
    delimiter = max(DELIMITERS, key=text.partition('\n')[0].count)
    reader = csv.reader(
        StringIO(text), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    try:
        table = [[cell.strip() for cell in cells] for cells in reader]
    except csv.Error as error:
        message = f'{source}, line {reader.line_num} is not a CSV file: {error}'
        raise ValueError(message) from None
    return [(number, cells) for number, cells in enumerate(table, 1) if any(cells)]


def _check_columns(source: Path, columns: Sequence[str], written: Sequence[str]) -> None:
    if 'label' not in columns:
        raise ValueError(
            f"{source} has no column 'label', only {', '.join(written)}: rename one"
        )
    if len(set(columns)) < len(columns) or set(columns) - set(COLUMNS):
        raise ValueError(
            f'{source} has the columns {", ".join(written)}: give {", ".join(COLUMNS)}, '
            'each once, and remove the others'
        )


def _hold_splits(table: list[tuple[int, list[str]]]) -> bool:
    """Return whether all third cells are names of splits."""
    return {cells[2].lower() for _, cells in table if len(cells) > 2} <= SPLITS.keys()


def _make_row(source: Path, number: int, cells: list[str], columns: Sequence[str]) -> Row:
    where = f'{source}, row {number}'
    if any(cells[len(columns) :]):
        raise ValueError(
            f'{where} has {len(cells)} cells, but there are {len(columns)} columns, '
            f'{", ".join(columns)}: put quotes around a cell that holds a delimiter'
        )
    row = Row(f'row {number}', **{'label': '', **dict(zip(columns, cells, strict=False))})
    if not row.path:
        raise ValueError(f'{where} names no video')
    if any(len(cell.splitlines()) > 1 for cell in cells):
        raise ValueError(f'{where} has a cell with a line break')
    split = SPLITS.get(row.split.lower(), '')
    if row.split and not split:
        raise ValueError(f'{where}: split {row.split!r} must be train, val or test')
    return row._replace(split=split)
