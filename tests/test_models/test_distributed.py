"""Training in two processes is training in one with all clips."""

import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from torch import distributed, multiprocessing

from stcr_mmaction.compat.processes import leave_process_group

from .test_recognizers.test_stcr import batch, build

PROCESSES = 2
MLP = dict(type='ProjectionMLP', hidden_channels=8, norm=False)
HEAD = dict(
    type='STCRHead',
    in_channels=8,
    temporal_size=2,
    predictor=MLP,
    auxiliary_losses=dict(
        contrast=dict(
            type='InfoNCELoss', projector=dict(MLP, in_channels=16, out_channels=4)
        ),
        spread=dict(type='VarianceCovarianceLoss', covariance_weight=1.0),
    ),
)
OPTIONS = (
    dict(consistency_head=HEAD),
    dict(consistency_head=HEAD, target_momentum=0.5),
)


def train(options, part, wrap=lambda model: model):
    """Take three steps on a part of the clips; return losses, weights and gradients."""
    torch.manual_seed(0)
    model = build(**options).double()
    inputs, samples = batch(4)
    wrapped = wrap(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(3):
        optimizer.zero_grad()
        terms = wrapped(inputs[part].double(), samples[part], mode='loss')
        sum(terms.values()).backward()
        optimizer.step()
        losses.append({name: value.detach() for name, value in terms.items()})
    gradients = {n: p.grad for n, p in model.named_parameters() if p.requires_grad}
    return losses, model.state_dict(), gradients


def work(rank, folder):
    """Train in one of the processes and write what came out."""
    init_default_scope('mmaction')
    torch.set_num_threads(1)
    distributed.init_process_group(
        'gloo', f'file://{folder}/rendezvous', rank=rank, world_size=PROCESSES
    )
    part = slice(2 * rank, 2 * rank + 2)
    results = [train(options, part, MMDistributedDataParallel) for options in OPTIONS]
    torch.save(results, f'{folder}/{rank}.pth')
    leave_process_group()


def test_losses_gradients_and_weights_are_those_of_one_process(tmp_path):
    # Forked, since a process that is spawned imports all again, which takes seconds.
    multiprocessing.start_processes(
        work, (str(tmp_path),), PROCESSES, start_method='fork'
    )
    by_process = [torch.load(tmp_path / f'{rank}.pth') for rank in range(PROCESSES)]
    for options, *results in zip(OPTIONS, *by_process, strict=True):
        losses, weights, gradients = train(options, slice(None))
        for step, terms in enumerate(losses):
            there = [result[0][step] for result in results]
            for name, value in terms.items():
                mean = sum(terms[name] for terms in there) / PROCESSES
                torch.testing.assert_close(mean, value)
                if 'contrast' in name or 'spread' in name:  # over the whole batch
                    torch.testing.assert_close(there[0][name], value)
        for _, their_weights, their_gradients in results:
            torch.testing.assert_close(their_weights, weights)
            torch.testing.assert_close(their_gradients, gradients)
