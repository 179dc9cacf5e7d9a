"""Tables that are written into a text, between marks that say which."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

MARKED = re.compile(r'(?<=<!-- )(\w+): (\w+)( -->\n).*?(?=<!-- end -->)', re.S)


def fill_in(text: str, make: Callable[[str, str], Sequence[str] | None]) -> str:
    """Write tables between ``<!-- KIND: NAME -->`` and ``<!-- end -->``.

    Args:
        text (str): Text with marks.
        make (Callable): Returns the lines of the table of a kind and a name; None, or
            none, leaves what is there.

    Returns:
        str: The text with the tables.
    """

    def filled(match: re.Match) -> str:
        kind, name, mark = match.groups()
        lines = make(kind, name)
        return '\n'.join([f'{kind}: {name}{mark}', *lines, '', '']) if lines else match[0]

    return MARKED.sub(filled, text)
