"""Safe replacements for the classes that a checkpoint may name."""

from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

import numpy as np
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler


class _ForeignHistory(HistoryBuffer):
    """A log history as stock mmengine pickles it.

    Loads the values only. The stock class would also register statistics methods named in
    the file, for all histories.
    """

    def __setstate__(self, state: dict) -> None:
        logs, counts = state['_log_history'], state['_count_history']
        super().__init__(logs, counts, state['max_length'])
        self.__class__ = HistoryBuffer  # so that it can be pickled again


class _OneCycle:
    """Replace the scheduler whose state names a function of its class."""


def _attribute(owner: Any, name: Any) -> Any:
    """Replace `getattr`, which pickles use for functions of a class."""
    if owner is _ForeignHistory and name in ('min', 'max', 'mean', 'current'):
        return None
    if owner is _OneCycle and name in ('_annealing_cos', '_annealing_linear'):
        return getattr(OneCycleParamScheduler, name)
    raise UnpicklingError(f'Trying to call getattr({owner!r}, {name!r})')


def _statistic(*_: Any) -> None:
    """Replace a statistics method, which a file may name but not call."""
    raise UnpicklingError('Trying to call a statistic of HistoryBuffer')


class _Dtype:
    """Replace `numpy.dtype`; for numbers only.

    numpy's own class takes layouts and flags from the file, and its arrays take memory
    addresses.
    """

    def __init__(self, code: str, *_: Any) -> None:
        self.dtype = np.dtype(str(code))
        if self.dtype.kind not in 'biufc':
            raise UnpicklingError(f'Trying to load an array of numpy type {code!r}')

    def __setstate__(self, state: tuple) -> None:
        self.dtype = self.dtype.newbyteorder(state[1])


class _Array(np.ndarray):
    """Replace `numpy.ndarray`: empty until shape, type and bytes are set."""

    def __new__(cls, *_: Any) -> '_Array':
        return super().__new__(cls, 0)

    def __setstate__(self, state: tuple) -> None:
        version, shape, dtype, is_fortran, content = state
        super().__setstate__((version, shape, dtype.dtype, is_fortran, content))


def _scalar(dtype: _Dtype, content: bytes) -> np.generic:
    """Replace the function that builds numpy scalars."""
    return np.frombuffer(content, dtype.dtype, count=1)[0]


def admitted_classes() -> list[tuple[type | Callable, str]]:
    """Return replacements for the classes that mmengine pickles along with tensors.

    numpy 2 renamed its `core`. Files with either name load under either version.

    Returns:
        list: Pairs for `torch.serialization.safe_globals`: replacement, name in the file.
    """
    registered = HistoryBuffer._statistics_methods.items()
    names = [
        f'{m.__module__}.{getattr(m, "__qualname__", name)}' for name, m in registered
    ]
    return [
        *((_statistic, name) for name in names),
        (_ForeignHistory, 'mmengine.logging.history_buffer.HistoryBuffer'),
        (_OneCycle, 'mmengine.optim.scheduler.param_scheduler.OneCycleParamScheduler'),
        (_attribute, 'builtins.getattr'),
        (_Dtype, 'numpy.dtype'),
        (_Array, 'numpy.ndarray'),
        (_Array, 'numpy.core.multiarray._reconstruct'),
        (_Array, 'numpy._core.multiarray._reconstruct'),
        (_scalar, 'numpy.core.multiarray.scalar'),
        (_scalar, 'numpy._core.multiarray.scalar'),
    ]
