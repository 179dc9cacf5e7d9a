"""Convert the state of a run, apart from weights, to plain data.

:class:`WholeCheckpointHook` writes it, if a config has that hook. All loaders read it.
"""

import logging
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, print_log

_ARRAY = '__ndarray__'
_PLAIN_TYPES = (
    *(type(None), bool, int, float, complex, str, bytes),
    *(torch.Size, torch.dtype, torch.device),
)


def make_plain(checkpoint: dict) -> None:
    """Convert everything but weights in a checkpoint to tensors and Python values.

    mmengine pickles its log history as objects with arrays and bound methods, and the
    annealing function of a OneCycleLR. ``torch.load`` refuses these since torch 2.6.

    Args:
        checkpoint (dict): The checkpoint before mmengine saves it; changed in place.
            Functions of parameter schedulers are left out: on resume a scheduler keeps
            its own. Notes of hooks that are not plain data are left out with a warning.
    """
    checkpoint['message_hub'] = _hub_to_plain(checkpoint['message_hub'])
    if 'param_schedulers' in checkpoint:
        checkpoint['param_schedulers'] = _without_functions(
            checkpoint['param_schedulers']
        )


def restore(checkpoint: dict) -> None:
    """Undo `make_plain`; checkpoints of stock mmengine are not changed.

    Args:
        checkpoint (dict): The loaded checkpoint; changed in place.
    """
    hub = checkpoint.get('message_hub')
    if isinstance(hub, dict):
        undo = dict(log_scalars=_history_from_plain, runtime_info=_from_plain)
        checkpoint['message_hub'] = {
            name: {k: undo[name](v) for k, v in part.items()} if name in undo else part
            for name, part in hub.items()
        }


def _without_functions(states: Any) -> Any:
    """Copy the states of schedulers: a list, or a list for each optimizer."""
    if isinstance(states, dict):
        return {name: _without_functions(part) for name, part in states.items()}
    return [{k: v for k, v in s.items() if not callable(v)} for s in states]


def _hub_to_plain(state: dict) -> dict:
    """Return the state of a message hub as plain data; warn about the rest."""
    scalars = {k: _history_to_plain(v) for k, v in state['log_scalars'].items()}
    info = {}
    for key, value in state['runtime_info'].items():
        try:
            info[key] = _to_plain(value)
        except TypeError as error:
            print_log(
                f'{key!r} of the message hub is not saved and will be missing on '
                f'resume: {error}',
                logger='current',
                level=logging.WARNING,
            )
    saved = scalars.keys() | info.keys()
    resumed = {k: bool(v) for k, v in state['resumed_keys'].items() if k in saved}
    return dict(log_scalars=scalars, runtime_info=info, resumed_keys=resumed)


def _history_to_plain(history: HistoryBuffer) -> dict:
    logs, counts = history.data
    return dict(
        log_history=torch.from_numpy(logs.copy()),
        count_history=torch.from_numpy(counts.copy()),
        max_length=history.max_length,
    )


def _history_from_plain(value: Any) -> Any:
    if not (isinstance(value, dict) and 'log_history' in value):
        return value
    logs, counts = (value[k].cpu().numpy() for k in ('log_history', 'count_history'))
    return HistoryBuffer(logs, counts, value['max_length'])


def _to_plain(value: Any) -> Any:
    """Return a value as builtin containers of Python values and tensors.

    Raises:
        TypeError: If the value is or contains anything else.
    """
    if type(value) in _PLAIN_TYPES or isinstance(value, torch.Tensor):
        return value
    if isinstance(value, np.generic):
        return _to_plain(value.item())
    if isinstance(value, np.ndarray):
        return {_ARRAY: torch.from_numpy(value.copy())}
    if isinstance(value, dict):
        return {_to_plain(k): _to_plain(v) for k, v in value.items()}
    for container in (list, tuple, set):
        if isinstance(value, container):
            return container(_to_plain(item) for item in value)
    raise TypeError(f'{type(value).__name__} is not plain data')


def _from_plain(value: Any) -> Any:
    """Undo `_to_plain`: restore arrays."""
    if isinstance(value, dict):
        if value.keys() == {_ARRAY}:
            return value[_ARRAY].cpu().numpy()
        return {k: _from_plain(v) for k, v in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(_from_plain(item) for item in value)
    return value
