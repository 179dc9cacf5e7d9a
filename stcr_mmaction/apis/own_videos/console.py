"""Where commands tell what they do; what they find goes to the standard output."""

from __future__ import annotations

import logging

from rich.console import Console

from ...engine.hooks.progress_line import console_handlers

console = Console(stderr=True, highlight=False)
TOLD_BEFORE = (
    'will be deprecated',
    'is read from its first frame on',
    'do not match exactly',
)
"""mmengine's former names are not the user's; slow videos are counted before a run; what
does not match of a checkpoint is told by :class:`CheckpointMatchHook`."""


def tell(*lines: str) -> None:
    """Print lines as they are: a path may hold what rich would take for a style."""
    for line in lines:
        console.print(line, markup=False, soft_wrap=True)


def quiet(logger: logging.Logger) -> None:
    """Let a logger print what needs attention alone; its files get everything."""
    for handler in console_handlers(logger):
        handler.setLevel(logging.WARNING)
        handler.addFilter(_needs_attention)


def _needs_attention(record: logging.LogRecord) -> bool:
    message = record.getMessage()
    return not any(part in message for part in TOLD_BEFORE)
