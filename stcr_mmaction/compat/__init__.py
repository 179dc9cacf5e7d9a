"""Fixes for problems of the published packages, one small function each.

A gap is something that is broken without this package. Its function states the symptom,
the upstream thread, the fix, which names of other packages it replaces, and when it can
go. It acts only where the gap is open. ``docs/replaced_names.md`` is generated from these
docstrings. Improvements of things that work are not gaps: they are classes that a config
names.
"""

import functools
import warnings
from collections.abc import Callable

from .dependencies import require_dependencies


@functools.cache
def close_gaps() -> None:
    """Make mmaction2 importable and its files loadable; once for each process.

    Raises:
        ImportError: If a package is missing or does not fit; says what to install.
    """
    require_dependencies()
    # mmcv-lite warns of a missing operator, which nothing here needs.
    warnings.filterwarnings('ignore', 'Fail to import ``MultiScaleDeformableAttention')
    for close in list_gaps():
        close()


def list_gaps() -> list[Callable[[], None]]:
    """List the functions in the order in which they are called."""
    # These import mmengine and mmaction: check first that they are installed.
    from .checkpoints import load_checkpoints_safely
    from .configs import resolve_own_configs
    from .data_loaders import load_data_without_workers
    from .determinism import fix_cublas_workspace
    from .half_precision import (
        fix_gradients_of_few_frames,
        score_in_single_precision,
        train_in_bfloat16_without_gpu,
    )
    from .localizers import replace_missing_drn
    from .numpy_names import fix_hue_shift, keep_numpy_names
    from .optional_models import skip_broken_optional_models
    from .processes import (
        distribute_models_without_gpu,
        leave_process_group_at_exit,
        start_processes_without_gpu,
    )
    from .videos import (
        count_pyav_frames,
        fix_decord_seeking,
        refuse_opencv_misreads,
    )

    return [
        replace_missing_drn,
        skip_broken_optional_models,
        keep_numpy_names,
        fix_hue_shift,
        load_checkpoints_safely,
        resolve_own_configs,
        load_data_without_workers,
        start_processes_without_gpu,
        distribute_models_without_gpu,
        leave_process_group_at_exit,
        fix_decord_seeking,
        count_pyav_frames,
        refuse_opencv_misreads,
        score_in_single_precision,
        train_in_bfloat16_without_gpu,
        fix_gradients_of_few_frames,
        fix_cublas_workspace,
    ]
