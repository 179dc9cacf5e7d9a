"""Make `--deterministic` work on a GPU."""

import functools
import os
from typing import Any

import mmengine.runner.runner

_WORKSPACE = 'CUBLAS_WORKSPACE_CONFIG'


def fix_cublas_workspace() -> None:
    """Let `--deterministic` train on a GPU.

    Symptom: `Deterministic behavior was enabled with ... but this operation is not
    deterministic because it uses CuBLAS` at the first linear layer, unless the user has
    set an environment variable.
    Thread: open-mmlab/mmengine#929.
    Fix: the variable is set along with the seed of a deterministic run.
    Replaces: `mmengine.runner.runner.set_random_seed`.
    Can go: when mmengine sets it.
    """
    stock = mmengine.runner.runner.set_random_seed

    @functools.wraps(stock)
    def set_random_seed(
        seed: int | None = None, deterministic: bool = False, **kwargs: Any
    ) -> int:
        if deterministic:
            os.environ.setdefault(_WORKSPACE, ':4096:8')
        return stock(seed, deterministic, **kwargs)

    mmengine.runner.runner.set_random_seed = set_random_seed
