"""Parse the lines of annotation lists."""

from __future__ import annotations

import re

INTEGER = re.compile(r'\s*-?\d+\s*')


def parse_line(line: str, delimiter: str = ' ') -> tuple[str, int | None]:
    """Split a line into the path of a video and its label.

    Only an integer after the last delimiter is a label, so paths may contain spaces.

    Args:
        line (str): ``path label``, or ``path`` alone for an unlabeled video.
        delimiter (str): Separator of path and label. Defaults to a space.

    Returns:
        tuple[str, int | None]: The path, and the label or None.
    """
    path, _, label = line.strip().rpartition(delimiter)
    if path.strip() and INTEGER.fullmatch(label):
        return path.strip(), int(label)
    return line.strip(), None
