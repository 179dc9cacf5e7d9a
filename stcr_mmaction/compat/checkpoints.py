"""Checkpoints, read without executing what they pickle."""

import functools
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
        raise UnpicklingError(f'getattr({owner!r}, {name!r}) is not admitted.')


@functools.cache
def _admitted_classes() -> list:
    """Return what stock mmengine pickles beside tensors, with the names it goes by.

    Of numpy only numbers: no arrays of objects or records. numpy 2 renamed its `core`;
    files of either name load under either version.
    """
    array = np.zeros(1)
    rebuild_array, rebuild_scalar = array.__reduce__()[0], array[0].__reduce__()[0]
    number_codes = np.typecodes['AllInteger'] + np.typecodes['AllFloat'] + '?'
    return [
        (_ForeignHistory, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_statistics_method, 'builtins.getattr'),
        (np.ndarray, 'numpy.ndarray'),
        (np.dtype, 'numpy.dtype'),
        *(type(np.dtype(code)) for code in number_codes),
        (rebuild_array, 'numpy.core.multiarray._reconstruct'),
        (rebuild_array, 'numpy._core.multiarray._reconstruct'),
        (rebuild_scalar, 'numpy.core.multiarray.scalar'),
        (rebuild_scalar, 'numpy._core.multiarray.scalar'),
    ]


def _is_about_the_content(error: Exception) -> bool:
    """Tell a bad file from a missing device, lack of memory, a file not permitted."""
    if isinstance(error, RuntimeError):
        return not re.search('CUDA|device|memory', str(error))
    return not isinstance(error, (OSError, MemoryError))


def _explain(filename: str, message: str) -> str:
    """Return why a file is not loaded and what to do, in one paragraph."""
    sentence = r'(?:{}).*?(?=\.\s|\.?\n|\.?$)'
    refusals = r'Unsupported global|Trying to|Can only|getattr\('
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
