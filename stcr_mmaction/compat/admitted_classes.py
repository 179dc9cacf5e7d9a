"""What stands in for the classes that a checkpoint may name beside tensors."""

from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any

import numpy as np
from mmengine.logging import HistoryBuffer
from mmengine.optim.scheduler.param_scheduler import OneCycleParamScheduler


class _ForeignHistory(HistoryBuffer):
    """A log history as stock mmengine pickles it.

    Takes the figures only: the stock class would also enter the statistics methods that
    the file names in a table that all histories share.
    """

    def __setstate__(self, state: dict) -> None:
        logs, counts = state['_log_history'], state['_count_history']
        super().__init__(logs, counts, state['max_length'])
        self.__class__ = HistoryBuffer  # for whoever pickles it again


class _OneCycle:
    """Stand in for the scheduler whose state names a function of its class."""


def _attribute(owner: Any, name: Any) -> Any:
    """Stand in for the `getattr` by which functions of a class are pickled."""
    if owner is _ForeignHistory and name in ('min', 'max', 'mean', 'current'):
        return None
    if owner is _OneCycle and name in ('_annealing_cos', '_annealing_linear'):
        return getattr(OneCycleParamScheduler, name)
    raise UnpicklingError(f'Trying to call getattr({owner!r}, {name!r})')


def _statistic(*_: Any) -> None:
    """Stand in for a statistic that this process has registered; is only named."""
    raise UnpicklingError('Trying to call a statistic of HistoryBuffer')


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


def admitted_classes() -> list[tuple[type | Callable, str]]:
    """Return what stands in for what stock mmengine pickles beside tensors.

    numpy 2 renamed its `core`; files of either name load under either version.

    Returns:
        list: For `torch.serialization.safe_globals`: stand-in, name in the file.
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
