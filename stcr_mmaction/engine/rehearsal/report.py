"""The report of a rehearsal."""

from __future__ import annotations

from typing import Any

from .damaged import list_damaged
from .forecast import Memory, Pace, Plan


def write_report(name: str, facts: dict[str, Any]) -> str:
    """Write the report.

    Args:
        name (str): Name of the run.
        facts (dict[str, Any]): Facts that :class:`Rehearsal` collected.

    Returns:
        str: The report, several lines.
    """
    plan = facts['plan']
    lines = dict(
        trained=_describe_training(facts['sizes'], plan),
        validated=_describe_figures(facts.get('figures'), 'no validation in this config'),
        saved=_describe_checkpoints(facts.get('size'), plan),
        tested=_describe_figures(facts.get('test'), 'no test in this config'),
        memory=_describe_memory(facts['memory'], plan.workers),
        damaged=_describe_damaged(facts['damaged'], facts['stops']),
    )
    lines['a full run'] = _describe_time(facts, plan)
    head = f'rehearsal of {name}: passed in {facts["seconds"]:.0f} s'
    return '\n'.join([head, *(f'  {key:<11} {line}' for key, line in lines.items())])


def _describe_training(sizes: list[int], plan: Plan) -> str:
    each = plan.iterations // plan.epochs
    return (
        f'first and last batch ({sizes[0]} and {sizes[-1]} clips a process) of the first '
        f'and the last epoch; {plan.epochs} x {each} iterations in all'
    )


def _describe_figures(figures: dict | None, without: str) -> str:
    if figures is None:
        return without
    listed = [f'{k} {v:.4g}' for k, v in figures.items() if isinstance(v, (int, float))]
    return ', '.join(listed) + ' (of few videos, and hardly trained)'


def _describe_checkpoints(size: int | None, plan: Plan) -> str:
    if size is None:
        return 'no checkpoint: the config has no CheckpointHook'
    return f'and resumed; up to {plan.checkpoints} checkpoints of {_bytes(size)}'


def _describe_memory(memory: Memory, workers: int) -> str:
    parts = []
    if memory.gpu:
        parts.append(f'{_bytes(memory.gpu)} on the GPU')
    if memory.process:
        parts.append(f'{_bytes(memory.process)} a process')
    if workers and memory.worker:
        each = f'{_bytes(memory.worker)} each of its {workers} workers'
        parts.append(f'{each} (what they share included)')
    return ', '.join(parts) or 'unknown: this system does not tell'


def _describe_damaged(account: dict, stops: bool) -> str:
    videos, drawn = account['videos'], account['num_samples']
    listed = f'; replaced:\n{list_damaged(videos)}' if videos else ''
    stop = '; one would stop the run' if stops else ''
    return f'{len(videos)} of {drawn} videos that were drawn{stop}{listed}'


def _describe_time(facts: dict[str, Any], plan: Plan) -> str:
    pace: Pace | None = facts['pace']
    if pace is None:
        return 'takes an unknown time: the config has no IterTimerHook'
    seconds, validation = plan.iterations * pace.seconds, facts.get('val_pace')
    if validation:
        seconds += plan.validations * facts['val_length'] * validation.seconds
    return (
        f'about {_duration(seconds)}, {plan.validations} validations included; '
        f'{pace.seconds:.2g} s an iteration, {pace.waiting:.0%} of it waiting for data '
        f'(measured on {pace.iterations})'
    )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f'{seconds:.0f} s'
    hours, minutes = divmod(round(seconds / 60), 60)
    return f'{hours} h {minutes} min' if hours else f'{minutes} min'


def _bytes(size: int) -> str:
    return f'{size / 1e9:.1f} GB' if size >= 1e9 else f'{size / 1e6:.0f} MB'
