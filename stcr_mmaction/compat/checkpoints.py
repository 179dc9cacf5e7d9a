"""Checkpoints, read without executing what they pickle."""

import re
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import numpy as np
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader


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
    instead of importing them: torch's own table and `_admitted_classes`.

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
    except Exception as error:
        if not _is_about_the_content(error):
            raise
        raise UnpicklingError(
            _explain(filename, str(error) or type(error).__name__)
        ) from None
    if not isinstance(checkpoint, dict):
        what = f'it holds a {type(checkpoint).__name__}, not a dict'
        raise UnpicklingError(_explain(filename, what))
    return checkpoint


class _ForeignHistory(HistoryBuffer):
    """A log history as stock mmengine pickles it.

    Takes the figures only: the stock class would also enter the statistics methods that
    the file names in a table that all histories share.
    """

    def __setstate__(self, state: dict) -> None:
        logs, counts = state['_log_history'], state['_count_history']
        super().__init__(logs, counts, state['max_length'])
        self.__class__ = HistoryBuffer  # for whoever pickles it again


def _statistics_method(owner: Any, name: Any) -> None:
    """Stand in for the `getattr` by which a history's methods are pickled."""
    if owner is not _ForeignHistory or name not in ('min', 'max', 'mean', 'current'):
        raise UnpicklingError(f'Trying to call getattr({owner!r}, {name!r})')


class _Dtype:
    """Stand in for `numpy.dtype`; numbers only.

    numpy's own takes layouts and flags from the file, and its arrays memory addresses.
    """

    def __init__(self, code: str, *_: Any) -> None:
        self.dtype = np.dtype(str(code))
        if self.dtype.kind not in 'biufc':
            raise UnpicklingError(f'Trying to load an array of numpy type {code!r}')

    def __setstate__(self, state: tuple) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array(np.ndarray):
    """Stand in for `numpy.ndarray`: empty until it is given shape, type and bytes."""

    def __new__(cls, *_: Any) -> '_Array':
        return super().__new__(cls, 0)

    def __setstate__(self, state: tuple) -> None:
        version, shape, dtype, is_fortran, content = state
        super().__setstate__((version, shape, dtype.dtype, is_fortran, content))


def _scalar(dtype: _Dtype, content: bytes) -> np.generic:
    """Stand in for what builds numpy's scalars."""
    return np.frombuffer(content, dtype.dtype, count=1)[0]


def _admitted_classes() -> list:
    """Return what stands in for what stock mmengine pickles beside tensors.

    numpy 2 renamed its `core`; files of either name load under either version.
    """
    return [
        (_ForeignHistory, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_statistics_method, 'builtins.getattr'),
        (_Dtype, 'numpy.dtype'),
        (_Array, 'numpy.ndarray'),
        (_Array, 'numpy.core.multiarray._reconstruct'),
        (_Array, 'numpy._core.multiarray._reconstruct'),
        (_scalar, 'numpy.core.multiarray.scalar'),
        (_scalar, 'numpy._core.multiarray.scalar'),
    ]


def _is_about_the_content(error: Exception) -> bool:
    """Tell a bad file from a missing device, lack of memory, a file not permitted."""
    if isinstance(error, RuntimeError):
        return not re.search('CUDA|device|memory', str(error))
    return not isinstance(error, (OSError, MemoryError))


def _explain(filename: str, message: str) -> str:
    """Return why a file is not loaded and what to do, in one paragraph."""
    sentence = r'(?:{}).*?(?=\.\s|\.?\n|\.?$)'
    refusals = r'Unsupported global|Trying to|Can only'
    if refused := re.search(sentence.format(refusals), message):
        return (
            f'checkpoint {filename} is refused: {refused[0]}. Only tensors, plain data '
            "and mmengine's log history are read; nothing in the file was executed. If "
            'you trust its source, write its weights to a new file once: '
            "ckpt = torch.load(FILE, map_location='cpu', weights_only=False); "
            "torch.save(dict(state_dict=ckpt['state_dict']), NEW_FILE)"
        )
    reason = message.split('WeightsUnpickler error:')[-1].strip()
    return (
        f'{filename} is not a checkpoint, or it is damaged (cut short while it was '
        f'saved or copied?): {re.search(sentence.format("^"), reason)[0]}'
    )
