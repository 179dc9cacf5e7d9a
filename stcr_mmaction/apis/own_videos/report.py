"""The HTML report of a run."""

from __future__ import annotations

import io
import warnings
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jinja2 import Environment, StrictUndefined
from matplotlib.figure import Figure

from ...version import __version__
from ..pictures import grid

TEMPLATE = Path(__file__).with_name('report.html.jinja')
FEW = 50
"""Largest number of table rows."""
MAX_TITLE = 24
"""Largest number of characters of a name in a picture."""


class Section(NamedTuple):
    """A part of a report.

    Attributes:
        title (str): Its heading.
        text (str): Plain sentences; each line is a paragraph. Text between backticks is
            shown as code.
        pictures (Sequence[tuple[bytes, str]]): PNG files, each with its alternative text.
        table (Sequence[Sequence[str]], optional): Rows; the first is the header. Defaults
            to None.
    """

    title: str
    text: str
    pictures: Sequence[tuple[bytes, str]] = ()
    table: Sequence[Sequence[str]] | None = None


def write_report(run: Path, sections: Sequence[Section | None], out: Path) -> None:
    """Write a page that needs no other file and no internet.

    Args:
        run (Path): Folder of the run, named in the heading.
        sections (Sequence[Section]): Sections of the page; None is skipped.
        out (Path): HTML file to write. An existing file is replaced; its folder is
            created.

    Raises:
        OSError: If the file cannot be written.
    """
    # jinja2 does not recognize HTML by the suffix .jinja.
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters['base64'] = lambda picture: b64encode(picture).decode()
    page = environment.from_string(TEMPLATE.read_text(encoding='utf-8')).render(
        run=str(run),
        sections=[section for section in sections if section is not None],
        version=__version__,
        date=datetime.now().strftime('%Y-%m-%d %H:%M'),
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    # Names of files need not be valid text.
    out.write_text(page, encoding='utf-8', errors='backslashreplace')


def left_out(
    reasons: Mapping[str, str], full_list: str = 'left_out.csv'
) -> Section | None:
    """List the files that are left out and the reasons.

    Args:
        reasons (Mapping[str, str]): Path of each file, and the reason.
        full_list (str): File that lists all of them. Defaults to 'left_out.csv'.

    Returns:
        Section: With a table of the first 50; None if nothing is left out.
    """
    if not reasons:
        return None
    count = len(reasons)
    text = f'{count} files are left out.' if count > 1 else 'One file is left out.'
    if count > FEW:
        text += f' Here are the first {FEW}; all are in `{full_list}`.'
    else:
        text += f' The list is also in `{full_list}`.'
    table = [('file', 'reason'), *islice(reasons.items(), FEW)]
    return Section('Left out', text, table=table)


def retrieval(
    queries: Sequence[Sequence[np.ndarray]], titles: Sequence[Sequence[str]]
) -> Section | None:
    """Show query videos with their nearest videos.

    Args:
        queries (Sequence[Sequence[np.ndarray]]): For each query a row of frames, (H, W,
            3), uint8: of the query, then of the nearest videos.
        titles (Sequence[Sequence[str]]): Title of each frame.

    Returns:
        Section: With a picture; None if there are no queries.

    Raises:
        ValueError: If a row has more or fewer titles than frames.
    """
    if not queries:
        return None
    columns = max(map(len, queries))
    figure, panels = grid(len(queries), columns, height=1.7 * len(queries))
    for panel in panels.flat:
        panel.set_axis_off()
    for row, frames, names in zip(panels, queries, titles, strict=True):
        shown = zip(frames, names, strict=True)
        for panel, (frame, name) in zip(row, shown, strict=False):
            panel.imshow(frame)
            panel.set_title(shorten(name), fontsize=8, parse_math=False)
    text = 'Each row begins with a query. Behind it are the videos nearest to it.'
    alt = f'{len(queries)} queries, each with the nearest videos'
    return Section('Nearest videos', text, [(as_png(figure), alt)])


def next_steps(lines: Sequence[str]) -> Section | None:
    """List possible next steps.

    Args:
        lines (Sequence[str]): One step each; commands between backticks.

    Returns:
        Section: The lines; None if there are none.
    """
    return Section('Next steps', '\n'.join(lines)) if lines else None


def as_png(figure: Figure) -> bytes:
    """Return a picture as a PNG file."""
    file = io.BytesIO()
    with warnings.catch_warnings():
        # The font lacks some letters. The tables show these names correctly.
        warnings.filterwarnings('ignore', 'Glyph .* missing')
        figure.savefig(file, dpi=130)
    return file.getvalue()


def shorten(name: str) -> str:
    """Shorten a name for a picture: keep its end."""
    return name if len(name) <= MAX_TITLE else f'…{name[1 - MAX_TITLE :]}'
