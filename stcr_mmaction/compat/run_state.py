"""What a run saves beside weights, as plain data."""

import functools
import logging
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, MessageHub, print_log
from mmengine.optim.scheduler.param_scheduler import _ParamScheduler

_ARRAY = '__ndarray__'
_PLAIN_TYPES = (
    *(type(None), bool, int, float, complex, str, bytes),
    *(torch.Size, torch.dtype, torch.device),
)


def save_plain_message_hub() -> None:
    """Let runs write checkpoints that `torch.load(weights_only=True)` reads.

    Symptom: `--resume`, `load_from` and `test.py CKPT` fail under torch >= 2.6 on the
    run's own checkpoint: `Unsupported global: ...HistoryBuffer`. mmengine pickles its
    log history as objects with arrays and bound methods.
    Thread: open-mmlab/mmengine#1655.
    Fix: `MessageHub.state_dict` gives tensors and Python values instead;
    `MessageHub.load_state_dict` takes these and the stock form.
    Can go: when mmengine writes plain data itself.
    """
    stock_save, stock_load = MessageHub.state_dict, MessageHub.load_state_dict

    @functools.wraps(stock_save)
    def state_dict(self: MessageHub) -> dict:
        return _hub_to_plain(stock_save(self))

    @functools.wraps(stock_load)
    def load_state_dict(self: MessageHub, state_dict: MessageHub | dict) -> None:
        if isinstance(state_dict, dict):
            state_dict = _hub_from_plain(state_dict)
        stock_load(self, state_dict)

    MessageHub.state_dict = state_dict
    MessageHub.load_state_dict = load_state_dict


def save_plain_schedulers() -> None:
    """Leave functions out of the saved state of parameter schedulers.

    Symptom: a checkpoint of a run with OneCycleLR is refused: `GLOBAL getattr was not
    an allowed global`; the scheduler pickles the function that it anneals by.
    Thread: none that we know of.
    Fix: the function is left out; on resume the scheduler keeps the one it was built
    with, which is the same.
    Can go: when mmengine saves no functions.
    """
    stock_save = _ParamScheduler.state_dict

    @functools.wraps(stock_save)
    def state_dict(self: _ParamScheduler) -> dict:
        return {k: v for k, v in stock_save(self).items() if not callable(v)}

    _ParamScheduler.state_dict = state_dict


def _hub_to_plain(state: dict) -> dict:
    """Return a message hub's state as plain data; warn of what is left out."""
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


def _hub_from_plain(state: dict) -> dict:
    """Undo `_hub_to_plain`; what mmengine itself wrote passes unchanged."""
    undo = dict(log_scalars=_history_from_plain, runtime_info=_from_plain)
    return {
        name: {k: undo[name](v) for k, v in part.items()} if name in undo else part
        for name, part in state.items()
    }


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
    """Undo `_to_plain`: arrays are arrays again."""
    if isinstance(value, dict):
        if value.keys() == {_ARRAY}:
            return value[_ARRAY].cpu().numpy()
        return {k: _from_plain(v) for k, v in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(_from_plain(item) for item in value)
    return value
