"""Run functions in child processes, which may crash or hang."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """How a call ended.

    Attributes:
        kind (str): ``'value'``, ``'error'``, ``'crash'`` or ``'hang'``.
        value (Any): The return value; for an error its type and message.
    """

    kind: str
    value: Any = None


def call_in_child(
    context: BaseContext, function: Callable[..., Any], *args: Any, timeout: float = 60
) -> Outcome:
    """Call a function in a child process.

    Args:
        context (BaseContext): Starts the process.
        function (Callable): The function; its value must be picklable.
        *args (Any): Its arguments.
        timeout (float): Seconds after which it counts as hanging. Defaults to 60.

    Returns:
        Outcome: How the call ended.
    """
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(there, function, args), daemon=True)
    process.start()
    there.close()
    try:
        if here.poll(timeout):
            return Outcome(*here.recv())
        return Outcome('hang', f'no answer within {timeout:g} s')
    except EOFError:
        process.join()
        return Outcome('crash', _name_of_exit(process.exitcode))
    finally:
        process.kill()
        process.join()
        here.close()


def _answer(answer: Connection, function: Callable[..., Any], args: tuple) -> None:
    try:
        answer.send(('value', function(*args)))
    except Exception as error:
        answer.send(('error', (type(error).__name__, str(error))))


def _name_of_exit(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f'exit status {code}'
