"""Write tables into a text, between marks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

MARKED = re.compile(r'(?<=<!-- )(\w+): (\w+)( -->\n).*?(?=<!-- end -->)', re.S)


def fill_in(text: str, make: Callable[[str, str], Sequence[str] | None]) -> str:
    """Write tables between ``<!-- KIND: NAME -->`` and ``<!-- end -->``.

    Args:
        text (str): Text with marks.
        make (Callable): Returns the lines of a table by kind and name; without lines, the
            text is kept.

    Returns:
        str: The text with the tables.
    """

    def filled(match: re.Match) -> str:
        kind, name, mark = match.groups()
        lines = make(kind, name)
        return '\n'.join([f'{kind}: {name}{mark}', *lines, '', '']) if lines else match[0]

    return MARKED.sub(filled, text)
