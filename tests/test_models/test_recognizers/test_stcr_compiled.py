"""A training step that is compiled, by ``compile = True`` in a config, is the same."""

import copy
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.optim import build_optim_wrapper

from stcr_mmaction.engine import CollapseMonitorHook

from .test_stcr import batch

HEAD = dict(type='STCRHead', in_channels=32, temporal_size=1)


def build(options):
    backbone = dict(type='VCOPR3D', base_channels=4)
    config = dict(type='STCR', backbone=backbone, consistency_head=HEAD)
    return MODELS.build({**config, **options})


def train(model, batches, backend=None):
    """Take a step of each batch; return losses, weights, and what the hook measures."""
    optim_wrapper = build_optim_wrapper(model, dict(optimizer=dict(type='SGD', lr=0.1)))
    step = model.train_step
    if backend:
        step = torch.compile(step, backend=backend)
    hook = CollapseMonitorHook(window=4)
    hook.before_train(SimpleNamespace(model=model))
    logs = [
        step(dict(inputs=list(inputs), data_samples=samples), optim_wrapper)
        for inputs, samples in batches
    ]
    return logs, dict(model.state_dict()), hook.measure()


def check_step(options, backend, tolerance):
    torch.manual_seed(0)
    model = build(options)
    batches = [batch(2), batch(2)]
    torch.compiler.reset()
    found = train(copy.deepcopy(model), batches, backend)
    expected = train(model, batches)
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


TOY = dict(
    backbone=dict(type='ToyBackbone'),
    tap='stem',
    consistency_head=dict(HEAD, in_channels=4, temporal_size=4),
)
MOTION = dict(type='MotionHead', in_channels=4, steps=(1, 1, 1), first=(0, 0.5))


@pytest.mark.parametrize('options', [TOY, dict(TOY, motion_head=MOTION)])
def test_a_traced_step_is_the_step(options):
    check_step(options, 'eager', 1e-6)
