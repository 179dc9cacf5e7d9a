"""Several processes on a machine without a GPU."""

import functools
from typing import Any

import mmengine.dist.utils
import torch
import torch.distributed
from mmengine.device import get_device
from mmengine.model import MMDistributedDataParallel, revert_sync_batchnorm
from torch import nn


def start_processes_without_gpu() -> None:
    """Let `--launcher pytorch` work where there is no accelerator, by gloo.

    Symptom: `module 'torch._C' has no attribute '_cuda_setDevice'`, whatever backend
    `env_cfg.dist_cfg` names.
    Thread: none known.
    Fix: the process group is made without choosing a GPU.
    Can go: when mmengine asks for a GPU only if there is one.
    """
    stock = mmengine.dist.utils._init_dist_pytorch

    @functools.wraps(stock)
    def init_dist(backend: str, init_backend: str = 'torch', **kwargs: Any) -> None:
        if get_device() != 'cpu':
            stock(backend, init_backend, **kwargs)
            return
        torch.distributed.init_process_group('gloo', **kwargs)

    mmengine.dist.utils._init_dist_pytorch = init_dist


def distribute_models_without_gpu() -> None:
    """Let a model on the CPU be trained by several processes.

    Symptom: `DistributedDataParallel device_ids ... got device_ids [0]`, and, for
    configs with SyncBN, `SyncBatchNorm expected input tensor to be on GPU`.
    Thread: none known.
    Fix: a model on the CPU gets no device, and its SyncBN is BN, as mmengine makes it
    where there is no process group.
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
