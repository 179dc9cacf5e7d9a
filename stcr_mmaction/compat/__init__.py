"""The gaps of the published stack, one small function each.

A gap is what is broken without this package. Its function states the symptom, the
upstream thread, what it does about it, which names of other packages it replaces and
when it can go, and acts only where the gap is open. ``docs/replaced_names.md`` is made
of that.
What is not broken, but could be better, is no gap: it is a class that a config names.
"""

import functools
from collections.abc import Callable

from .dependencies import require_dependencies


@functools.cache
def close_gaps() -> None:
    """Make mmaction2 importable, its files loadable; once a process.

    Raises:
        ImportError: If a package is missing or does not fit; says what to install.
    """
    require_dependencies()
    for close in list_gaps():
        close()


def list_gaps() -> list[Callable[[], None]]:
    """List the functions in the order in which they are called."""
    # These import mmengine and mmaction, which must be known to be there.
    from .checkpoints import load_checkpoints_safely
    from .configs import resolve_own_configs
    from .data_loaders import load_data_without_workers
    from .determinism import fix_cublas_workspace
    from .half_precision import score_in_single_precision, train_in_bfloat16_without_gpu
    from .localizers import stand_in_for_drn
    from .numpy_names import keep_numpy_names, shift_hues_around
    from .optional_models import do_without_optional_models
    from .processes import (
        distribute_models_without_gpu,
        leave_process_group_at_exit,
        start_processes_without_gpu,
    )
    from .videos import (
        count_the_frames_of_pyav,
        read_the_frames_asked_for,
        refuse_where_opencv_errs,
    )

    return [
        stand_in_for_drn,
        do_without_optional_models,
        keep_numpy_names,
        shift_hues_around,
        load_checkpoints_safely,
        resolve_own_configs,
        load_data_without_workers,
        start_processes_without_gpu,
        distribute_models_without_gpu,
        leave_process_group_at_exit,
        read_the_frames_asked_for,
        count_the_frames_of_pyav,
        refuse_where_opencv_errs,
        score_in_single_precision,
        train_in_bfloat16_without_gpu,
        fix_cublas_workspace,
    ]
