"""Distributed training without a GPU, and a clean end of its processes."""

import atexit
import functools
import gc
import sys
from typing import Any

import mmengine.dist.utils
from mmengine.device import get_device
from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel


def start_processes_without_gpu() -> None:
    """Make `--launcher pytorch` work without an accelerator, by gloo.

    Symptom: `module 'torch._C' has no attribute '_cuda_setDevice'`, whatever backend
    `env_cfg.dist_cfg` names.
    Thread: none known.
    Fix: the process group is created without choosing a GPU.
    Replaces: `mmengine.dist.utils._init_dist_pytorch`.
    Can go: when mmengine selects a GPU only if there is one.
    """
    stock = mmengine.dist.utils._init_dist_pytorch

    @functools.wraps(stock)
    def init_dist(backend: str, init_backend: str = 'torch', **kwargs: Any) -> None:
        if get_device() != 'cpu':
            stock(backend, init_backend, **kwargs)
            return
        distributed.init_process_group('gloo', **kwargs)

    mmengine.dist.utils._init_dist_pytorch = init_dist


def distribute_models_without_gpu() -> None:
    """Make distributed training work for models on the CPU.

    Symptom: `DistributedDataParallel device_ids ... got device_ids [0]`, and, for
    configs with SyncBN, `SyncBatchNorm expected input tensor to be on GPU`.
    Thread: none known.
    Fix: a model on the CPU gets no device, and its SyncBN becomes BN, as mmengine does
    without a process group.
    Replaces: `mmengine.model.wrappers.distributed.MMDistributedDataParallel.__init__`.
    Can go: when mmengine's wrapper does so.
    """
    stock = MMDistributedDataParallel.__init__

    @functools.wraps(stock)
    def wrap(
        self: MMDistributedDataParallel, module: nn.Module, *args: Any, **kwargs: Any
    ) -> None:
        if all(parameter.device.type == 'cpu' for parameter in module.parameters()):
            module = revert_sync_batchnorm(module)
            kwargs['device_ids'] = None
        stock(self, module, *args, **kwargs)

    MMDistributedDataParallel.__init__ = wrap


def leave_process_group_at_exit() -> None:
    """Make the processes of a distributed run exit in time, with the right status.

    Symptom: `terminate called without an active exception` and exit status -6 after a
    complete training; or the process hangs.
    Thread: pytorch/pytorch#56297 and #189490; #179291 was such a fix, but was abandoned.
    Fix: :func:`leave_process_group` before the interpreter shuts down, and after the
    traceback of an error.
    Replaces: nothing; the function is called when the process ends.
    Can go: when torch does so, or mmengine's runner.
    """
    atexit.register(leave_process_group)


def leave_process_group() -> None:
    """Destroy the process group, if there is one, after everything that refers to it.

    A gloo thread that releases a tensor waits for Python's lock. While the interpreter
    shuts down, this wait aborts the process. It never ends if the holder of the lock
    waits for the thread. The C++ part of a `DistributedDataParallel` does that if it is
    the last owner of the group. So wrappers are emptied first; models cannot be used
    through them after that.

    Other processes may be gone, so they are not waited for. NCCL would wait for them
    after an error, so its group is left to the end of the process, which aborts it.
    """
    if not distributed.is_initialized():
        return
    if distributed.get_backend() != 'gloo' and getattr(sys, 'last_value', None):
        return
    group = distributed.group.WORLD
    # Python releases these without its lock; not every torch does so for the group.
    backends = [group._get_backend(device) for device in group._device_types]
    # Tracebacks refer to models and groups.
    sys.last_exc = sys.last_value = sys.last_traceback = None
    for wrapper in gc.get_objects():
        if issubclass(type(wrapper), DistributedDataParallel):
            vars(wrapper).clear()
    gc.collect()
    distributed.destroy_process_group()
    del group, backends
