"""Messages of the commands, on standard error. Results go to standard output."""

from __future__ import annotations

import logging
import sys

from rich.console import Console

from ...engine.hooks.progress_line import console_handlers

console = Console(stderr=True, highlight=False)
IGNORED_WARNINGS = (
    'will be deprecated',
    'is read from its first frame on',
    'do not match exactly',
)
"""Warnings that a user need not see: deprecated names within mmengine; videos that load
slowly, which are counted before a run; weights that do not match, which
:class:`CheckpointMatchHook` reports."""


def tell(*lines: str) -> None:
    """Print lines as plain text: rich would read brackets in a path as markup."""
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def quiet(logger: logging.Logger) -> None:
    """Let a logger print only warnings that matter, on standard error.

    Its files get everything.
    """
    for handler in console_handlers(logger):
        handler.stream = sys.stderr  # setStream would flush the former, maybe closed
        handler.setLevel(logging.WARNING)
        handler.addFilter(_needs_attention)


def _needs_attention(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not any(part in message for part in IGNORED_WARNINGS)
