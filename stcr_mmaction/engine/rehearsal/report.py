"""What a rehearsal has found, in words."""

from __future__ import annotations

from typing import Any

from scipy.stats import binom

from .forecast import Memory, Pace, Plan

SHOWN = 10
UNLIKELY = 0.01


def check_damaged(replaced: dict, max_share: float) -> None:
    """Judge by few videos whether a run would stop because of damaged ones.

    Args:
        replaced (dict): Account of the :class:`DamagedVideosHook`.
        max_share (float): Its own.

    Raises:
        RuntimeError: If so many, of so few, would be seen in less than one of a hundred
            rehearsals with a share of ``max_share``.
    """
    times = sum(video['times'] for video in replaced['videos'].values())
    drawn = replaced['num_samples'] + times
    so_many_or_more = binom.sf(times - 1, drawn, max_share)
    if so_many_or_more < UNLIKELY:
        raise RuntimeError(
            f'{times} of {drawn} videos that were drawn could not be loaded; with '
            f'max_share={max_share:g} a whole run would stop. tools/data/check_videos.py '
            f'lists all that are damaged. These were:\n{_list(replaced["videos"])}'
        )


def write_report(name: str, facts: dict[str, Any]) -> str:
    """Write the report.

    Args:
        name (str): Of the run.
        facts (dict[str, Any]): What :class:`Rehearsal` has gathered.

    Returns:
        str: Lines.
    """
    plan, replaced = facts['plan'], facts['replaced']
    lines = dict(
        trained=_say_trained(facts['sizes'], plan),
        validated=_say_figures(facts.get('figures'), 'no validation in this config'),
        saved=_say_saved(facts.get('size'), plan),
        tested=_say_figures(facts.get('test'), 'no test in this config'),
        memory=_say_memory(facts['memory'], plan.workers),
        replaced=_say_replaced(replaced),
    )
    lines['a full run'] = _say_time(facts, plan)
    head = f'rehearsal of {name}: passed in {facts["seconds"]:.0f} s'
    return '\n'.join([head, *(f'  {key:<11} {line}' for key, line in lines.items())])


def _say_trained(sizes: list[int], plan: Plan) -> str:
    each = plan.iterations // plan.epochs
    return (
        f'first and last batch ({sizes[0]} and {sizes[-1]} clips a process) of the first '
        f'and the last epoch; {plan.epochs} x {each} iterations in all'
    )


def _say_figures(figures: dict | None, without: str) -> str:
    if figures is None:
        return without
    listed = [f'{k} {v:.4g}' for k, v in figures.items() if isinstance(v, (int, float))]
    return ', '.join(listed) + ' (of few videos, and hardly trained)'


def _say_saved(size: int | None, plan: Plan) -> str:
    if size is None:
        return 'no checkpoint: the config has no CheckpointHook'
    return f'and resumed; up to {plan.checkpoints} checkpoints of {_bytes(size)}'


def _say_memory(memory: Memory, workers: int) -> str:
    parts = []
    if memory.gpu:
        parts.append(f'{_bytes(memory.gpu)} on the GPU')
    if memory.process:
        parts.append(f'{_bytes(memory.process)} a process')
    if workers and memory.worker:
        each = f'{_bytes(memory.worker)} each of its {workers} workers'
        parts.append(f'{each} (what they share included)')
    return ', '.join(parts) or 'unknown: this system does not tell'


def _say_replaced(replaced: dict) -> str:
    videos, drawn = replaced['videos'], replaced['num_samples']
    listed = f':\n{_list(videos)}' if videos else ''
    return f'{len(videos)} of {drawn} videos that were drawn{listed}'


def _list(videos: dict[str, dict]) -> str:
    lines = [f'    {video["reason"]}' for video in videos.values()]
    more = [f'    and {len(lines) - SHOWN} more'] if len(lines) > SHOWN else []
    return '\n'.join(lines[:SHOWN] + more)


def _say_time(facts: dict[str, Any], plan: Plan) -> str:
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
