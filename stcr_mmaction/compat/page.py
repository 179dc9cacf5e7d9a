"""Write the page that lists the replaced names of other packages.

``python -m stcr_mmaction.compat.page > docs/replaced_names.md`` writes it.
"""

import inspect
import re
from collections.abc import Callable

from . import list_gaps

HEAD = """# Which names of other packages are replaced, why, and until when

Importing `stcr_mmaction` replaces the names below, and no others. Each is replaced only
where something is broken without it. A test compares all modules before and after. If
something is not broken but could be better, there is a class for it that a config names,
such as `WholeCheckpointHook`. This page is made from the docstrings in
[stcr_mmaction/compat](../stcr_mmaction/compat):
`python -m stcr_mmaction.compat.page > docs/replaced_names.md`.
"""
_LABEL = r'(?:Symptom|Thread|Fix|Replaces|Can go)[^:\n`]*:'


def write_page() -> str:
    """Return the page as Markdown."""
    return '\n'.join([HEAD, *map(_write_section, list_gaps())])


def read_facts(gap: Callable) -> dict[str, str]:
    """Parse the docstring of a gap.

    Args:
        gap (Callable): Function of the gap.

    Returns:
        dict[str, str]: Texts by label, such as ``'Can go'`` or ``'Replaces, in the
        fork'``.
    """
    text, _, _ = '\n'.join(inspect.getdoc(gap).split('\n')[1:]).partition('\n\nRaises:')
    parts = re.split(f'^({_LABEL})', text, flags=re.MULTILINE)[1:]
    facts = zip(parts[::2], parts[1::2], strict=True)
    return {label[:-1]: ' '.join(fact.split()) for label, fact in facts}


def _write_section(gap: Callable) -> str:
    title = inspect.getdoc(gap).split('\n')[0].rstrip('.')
    file = gap.__module__.rpartition('.')[2]
    lines = [f'- {label}: {fact}' for label, fact in read_facts(gap).items()]
    source = f'- In: [{file}.py](../stcr_mmaction/compat/{file}.py), `{gap.__name__}`'
    return '\n'.join([f'## {title}\n', *lines, source, ''])


if __name__ == '__main__':
    print(write_page(), end='')
