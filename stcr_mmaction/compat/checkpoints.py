"""Checkpoints that are written and read without executing what they pickle."""

import functools
import re
import struct
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer, MessageHub, print_log
from mmengine.runner.checkpoint import CheckpointLoader

_ARRAY = '__ndarray__'
_PLAIN_TYPES = (
    type(None), bool, int, float, complex, str, bytes,
    torch.Size, torch.dtype, torch.device,
)  # fmt: skip


# --------------------------------------------------------------------------------------
# Writing
# --------------------------------------------------------------------------------------
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


def _hub_to_plain(state: dict) -> dict:
    """Return a message hub's state as plain data; warn of what cannot be."""
    plain_info = {}
    for key, value in state['runtime_info'].items():
        try:
            plain_info[key] = _to_plain(value)
        except TypeError as error:
            print_log(
                f'{key!r} of the message hub is not saved, so it will be missing on '
                f'resume: {error}',
                logger='current',
                level=30,
            )
    scalars = {k: _history_to_plain(v) for k, v in state['log_scalars'].items()}
    saved = scalars.keys() | plain_info.keys()
    resumed = {k: bool(v) for k, v in state['resumed_keys'].items() if k in saved}
    return dict(log_scalars=scalars, runtime_info=plain_info, resumed_keys=resumed)


def _hub_from_plain(state: dict) -> dict:
    """Undo `_hub_to_plain`; what mmengine itself wrote passes unchanged."""
    scalars = state.get('log_scalars', {}).items()
    info = state.get('runtime_info', {}).items()
    return dict(
        state,
        log_scalars={k: _history_from_plain(v) for k, v in scalars},
        runtime_info={k: _from_plain(v) for k, v in info},
    )


def _history_to_plain(history: HistoryBuffer) -> dict:
    logs, counts = history.data
    return dict(
        log_history=torch.from_numpy(logs.copy()),
        count_history=torch.from_numpy(counts.copy()),
        max_length=history.max_length,
    )


def _history_from_plain(value: dict | HistoryBuffer) -> HistoryBuffer:
    if not isinstance(value, dict):
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


# --------------------------------------------------------------------------------------
# Reading
# --------------------------------------------------------------------------------------
def load_checkpoints_safely() -> None:
    """Read local checkpoints, also those of stock mmengine, with safe loading on.

    Symptom: as in `save_plain_message_hub`, for files that other runs wrote.
    Thread: open-mmlab/mmengine#1655.
    Fix: mmengine's loader for local files is replaced by `load_from_local`.
    Can go: when mmengine passes `weights_only` and admits its own classes.
    """
    CheckpointLoader.register_scheme('', load_from_local, force=True)


def load_from_local(
    filename: str, map_location: str | torch.device | None = None
) -> dict:
    """Load a checkpoint of tensors, plain data and mmengine's log history.

    The file is read by torch's restricted unpickler, which looks classes up in a table
    instead of importing them; the table is torch's own and `_admitted_classes`.

    Args:
        filename (str): Local file; `~` is expanded.
        map_location (str or device, optional): As in `torch.load`. Defaults to None.

    Returns:
        dict: The checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        UnpicklingError: If the file is no checkpoint, is damaged, or contains a class
            that is not admitted; names the file and the reason.
    """
    path = Path(filename).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'checkpoint {filename} does not exist')
    try:
        with torch.serialization.safe_globals(_admitted_classes()):
            checkpoint = torch.load(path, map_location, weights_only=True)
    except UnpicklingError as error:
        raise UnpicklingError(_why_refused(filename, str(error))) from None
    except (EOFError, LookupError, UnicodeError, struct.error, RuntimeError) as error:
        # RuntimeErrors that are not about the file (no such device, no memory) pass.
        if type(error) is RuntimeError and not re.search('zip|TorchScript', str(error)):
            raise
        raise UnpicklingError(_why_unreadable(filename, error)) from error
    if not isinstance(checkpoint, dict):
        raise UnpicklingError(_why_unreadable(filename, type(checkpoint).__name__))
    return checkpoint


class _ForeignHistory(HistoryBuffer):
    """A log history as stock mmengine pickles it.

    Takes the figures only: the stock class would also enter the file's statistics
    methods in a table that all histories share.
    """

    def __setstate__(self, state: dict) -> None:
        super().__init__(
            state['_log_history'], state['_count_history'], state['max_length']
        )


def _statistics_method(owner: Any, name: Any) -> None:
    """Stand in for the `getattr` by which a history's methods are pickled."""
    if owner is not _ForeignHistory or name not in ('min', 'max', 'mean', 'current'):
        raise UnpicklingError(f'getattr({owner!r}, {name!r}) is not admitted. ')


@functools.cache
def _admitted_classes() -> list:
    """Return what a stock mmengine checkpoint holds beside tensors, by its pickled name.

    Numbers only: neither object nor structured arrays. numpy 2 renamed `numpy.core`;
    files of either name load under either version.
    """
    array = np.zeros(1)
    rebuild_array, rebuild_scalar = array.__reduce__()[0], array[0].__reduce__()[0]
    numbers = [
        type(np.dtype(code)) for code in np.typecodes['All'] if code not in 'OSUVMm'
    ]
    return [
        (_ForeignHistory, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_statistics_method, 'builtins.getattr'),
        (np.ndarray, 'numpy.ndarray'),
        (np.dtype, 'numpy.dtype'),
        *(
            (rebuild_array, f'numpy.{c}.multiarray._reconstruct')
            for c in ('core', '_core')
        ),
        *((rebuild_scalar, f'numpy.{c}.multiarray.scalar') for c in ('core', '_core')),
        *numbers,
    ]


def _why_refused(filename: str, message: str) -> str:
    reason = re.split(r'Please use|\n', message.split('WeightsUnpickler error: ')[-1])[
        0
    ]
    return (
        f'checkpoint {filename} is not loaded: {reason.strip()} Only tensors, plain data '
        'and the log history of mmengine are read from a checkpoint, and nothing in this '
        'file was executed. If you trust where it comes from, write its weights to a '
        "new file once: ckpt = torch.load(FILE, map_location='cpu', weights_only=False); "
        "torch.save(dict(state_dict=ckpt['state_dict']), NEW_FILE)"
    )


def _why_unreadable(filename: str, what: object) -> str:
    return (
        f'{filename} is not a checkpoint, or it is damaged (cut short while it was saved '
        f'or copied?): {what!r}. Take an earlier checkpoint of the run, or copy it again.'
    )
