"""Several processes: on a machine without a GPU, and how they end."""

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
    """Let `--launcher pytorch` work where there is no accelerator, by gloo.

    Symptom: `module 'torch._C' has no attribute '_cuda_setDevice'`, whatever backend
    `env_cfg.dist_cfg` names.
    Thread: none known.
    Fix: the process group is made without choosing a GPU.
    Replaces: `mmengine.dist.utils._init_dist_pytorch`.
    Can go: when mmengine asks for a GPU only if there is one.
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
    """Let a model on the CPU be trained by several processes.

    Symptom: `DistributedDataParallel device_ids ... got device_ids [0]`, and, for
    configs with SyncBN, `SyncBatchNorm expected input tensor to be on GPU`.
    Thread: none known.
    Fix: a model on the CPU gets no device, and its SyncBN is BN, as mmengine makes it
    where there is no process group.
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
    """Let a process of several end with its own exit status, and in good time.

    Symptom: `terminate called without an active exception` and exit status -6 after a
    training that is whole; or no end at all.
    Thread: pytorch/pytorch#56297 and #189490; #179291 was such a fix, and given up.
    Fix: :func:`leave_process_group` before the interpreter is torn down. The traceback
    of an error is printed before.
    Replaces: nothing; the function is called when the process ends.
    Can go: when torch does so, or mmengine's runner.
    """
    atexit.register(leave_process_group)


def leave_process_group() -> None:
    """Destroy the process group, if there is one, after all that holds on to it.

    A thread of gloo that lets go of a tensor waits for Python's lock. If the interpreter
    is being torn down, the wait is an abort; if whoever holds the lock waits for the
    thread, it is for ever, and the C++ half of a `DistributedDataParallel` does so where
    it is the last to hold the group. A model that still is in such a wrapper can not be
    used through it any more.

    The other processes are not waited for, since they may be gone. NCCL would wait for
    them after an error: its group is left to the end of the process, which aborts it.
    """
    if not distributed.is_initialized():
        return
    if distributed.get_backend() != 'gloo' and getattr(sys, 'last_value', None):
        return
    group = distributed.group.WORLD
    # Python lets go of these without its lock; of the group not in every torch.
    backends = [group._get_backend(device) for device in group._device_types]
    # The frames of an error hold models and groups.
    sys.last_exc = sys.last_value = sys.last_traceback = None
    for wrapper in gc.get_objects():
        if issubclass(type(wrapper), DistributedDataParallel):
            vars(wrapper).clear()
    gc.collect()
    distributed.destroy_process_group()
    del group, backends
