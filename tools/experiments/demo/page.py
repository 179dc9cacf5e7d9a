"""Write the table of the demo in docs/results.md, from docs/results/demo.

    python -m tools.experiments.demo.page

Each file there is the ``results.json`` of one run of the demo.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from .. import ROOT
from ..bootstrap import tell_change
from ..marked_tables import fill_in
from ..report_tables import table
from .report import QUESTIONS, Answer

RESULTS = ROOT / 'docs/results/demo'
TEXT = ROOT / 'docs/results.md'


def main() -> None:
    """Write the table."""
    found = [json.loads(file.read_text()) for file in sorted(RESULTS.glob('*.json'))]

    def make(kind: str, _: str) -> list[str] | None:
        return summarize(found) if kind == 'demo' else None

    TEXT.write_text(fill_in(TEXT.read_text(), make))


def summarize(results: Iterable[Mapping]) -> list[str]:
    """Return a row for each run of the demo, with a column for each question."""
    rows = [
        [
            ', '.join(map(str, result['seeds'])),
            *(
                tell_change(*Answer.read(result['answers'][question.says]))
                for question in QUESTIONS
            ),
            f'{result["seconds"]} s',
        ]
        for result in results
    ]
    return table(['seeds', *(question.says for question in QUESTIONS), 'time'], rows)


if __name__ == '__main__':
    main()
