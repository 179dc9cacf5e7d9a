"""Training in two processes, one of which has no labeled clip."""

import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from torch import distributed, multiprocessing

from stcr_mmaction.compat.processes import leave_process_group

from .test_labels import gradients, mixed_batch
from .test_stcr import CLS_HEAD, build


def classify_in_a_process(rank, folder):
    """Take two steps; the second process has no labeled clip."""
    init_default_scope('mmaction')
    torch.set_num_threads(1)
    distributed.init_process_group(
        'gloo', f'file://{folder}/rendezvous', rank=rank, world_size=2
    )
    torch.manual_seed(0)
    model = build(cls_head=CLS_HEAD, consistency_head=None)
    wrapped = MMDistributedDataParallel(model)
    inputs, samples = mixed_batch([[2, -1], [-1, -1]][rank])
    for _ in range(2):
        found = gradients(model, wrapped(inputs, samples, mode='loss'))
    torch.save(found, f'{folder}/{rank}.pth')
    leave_process_group()


def test_a_process_without_labels_goes_along(tmp_path):
    # Forked, since a process that is spawned imports all again, which takes seconds.
    multiprocessing.start_processes(
        classify_in_a_process, (str(tmp_path),), 2, start_method='fork'
    )
    first, second = (torch.load(tmp_path / f'{rank}.pth') for rank in range(2))
    torch.testing.assert_close(first, second)
    torch.manual_seed(0)
    model = build(cls_head=CLS_HEAD, consistency_head=None)
    alone = gradients(model, model(*mixed_batch([2, -1]), mode='loss'))
    halved = {name: gradient / 2 for name, gradient in alone.items()}
    torch.testing.assert_close(first, halved)
