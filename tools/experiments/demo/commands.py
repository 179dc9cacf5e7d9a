"""Run commands of ``stcr`` one after the other in one process.

    python -m tools.experiments.demo.commands COMMANDS

COMMANDS is a JSON list of lists of words. Importing the packages takes seconds, here only
once.
"""

from __future__ import annotations

import json
import sys

import stcr_cli

START = '$ stcr '
"""Beginning of the line that is printed before each command."""


def main() -> int:
    """Run the commands; return the exit status of the first that fails, or 0."""
    for words in json.loads(sys.argv[1]):
        print(f'\n{START}{" ".join(words)}', flush=True)
        if code := stcr_cli.main(words):
            return code
    return 0


if __name__ == '__main__':
    sys.exit(main())
