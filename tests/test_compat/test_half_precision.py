"""Scores leave a head in single precision; the CPU trains in bfloat16."""

import copy

import pytest
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.optim import AmpOptimWrapper, build_optim_wrapper
from torch import nn

from stcr_mmaction.compat.half_precision import _widen


def build_head(**options):
    options = dict(num_classes=3, in_channels=4, **options)
    return MODELS.build(dict(type='I3DHead', dropout_ratio=0, **options)).eval()


@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
def test_scores_leave_a_head_in_single_precision(dtype):
    head, maps = build_head(), torch.rand(2, 4, 1, 2, 2)
    with torch.autocast('cpu', dtype=dtype):
        scores = head(maps)
        inside = head.fc_cls(maps.mean(dim=(2, 3, 4)))
    assert inside.dtype == dtype
    assert scores.dtype == torch.float32


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
def test_wider_scores_are_left_alone(dtype):
    head, maps = build_head().to(dtype), torch.rand(2, 4, 1, 2, 2, dtype=dtype)
    assert torch.equal(head(maps), head.forward(maps))
    assert head(maps).dtype == dtype


def test_scores_in_containers_are_widened_too():
    half, labels = torch.rand(2, dtype=torch.float16), torch.arange(2)
    found = _widen(dict(rgb=half, others=(half, [labels, 'name'])))
    assert found['rgb'].dtype == found['others'][0].dtype == torch.float32
    assert found['others'][1] == [labels, 'name']
    assert isinstance(found['others'], tuple)


def build_wrapper(**options):
    config = dict(type='AmpOptimWrapper', optimizer=dict(type='SGD', lr=0.5), **options)
    return build_optim_wrapper(nn.Linear(2, 1), config)


@pytest.mark.parametrize(
    'options',
    [
        {},
        dict(loss_scale='dynamic'),  # as --amp has it
        dict(dtype='bfloat16'),
        dict(dtype=torch.bfloat16, loss_scale=512.0, clip_grad=dict(max_norm=10)),
    ],
)
def test_the_cpu_trains_in_bfloat16_without_a_scale(options):
    model = nn.Linear(2, 1)
    config = dict(type='AmpOptimWrapper', optimizer=dict(type='SGD', lr=0.5))
    wrapper = build_optim_wrapper(model, dict(config, **options))
    before = model.weight.detach().clone()
    with wrapper.optim_context(model):
        output = model(torch.ones(1, 2))
    wrapper.update_params(output.sum())
    assert output.dtype == torch.bfloat16
    torch.testing.assert_close(model.weight.detach(), before - 0.5)
    wrapper.load_state_dict(wrapper.state_dict())


@pytest.mark.parametrize('dtype', ['float16', torch.float16, 'float32'])
def test_other_types_are_refused_on_the_cpu_when_built(dtype):
    with pytest.raises(ValueError, match="on the CPU .* set dtype='bfloat16'"):
        build_wrapper(dtype=dtype)


def test_a_run_in_float16_of_a_gpu_goes_on_on_the_cpu():
    state = build_wrapper().state_dict()
    state['loss_scaler'] = dict(scale=65536.0, growth_factor=2.0)
    wrapper = build_wrapper()
    wrapper.load_state_dict(state)
    assert isinstance(wrapper, AmpOptimWrapper)
    assert wrapper.loss_scaler.get_scale() == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason='of machines without a GPU')
@pytest.mark.parametrize('frames', range(1, 6))
@pytest.mark.parametrize('kernel', [(3, 1, 1), (3, 3, 3), (5, 1, 1)])
def test_gradients_of_few_frames_are_right(kernel, frames):
    """Those of float64, but for rounding; with memory that was used before."""
    torch.manual_seed(0)
    conv = nn.Conv3d(16, 16, kernel, padding=[size // 2 for size in kernel])
    conv.bfloat16().float()  # so that both have the same weights and clips
    clips = torch.randn(4, 16, frames, 7, 7).bfloat16().float()
    exact = copy.deepcopy(conv).double()
    exact(clips.double()).square().sum().backward()
    config = dict(type='AmpOptimWrapper', optimizer=dict(type='SGD', lr=0.5))
    wrapper = build_optim_wrapper(conv, config)
    for _ in range(8):
        used = [torch.full((1 << size,), 1e4) for size in range(4, 20)]
        del used
        conv.zero_grad()
        with wrapper.optim_context(conv):
            maps = conv(clips)
        assert maps.dtype == torch.bfloat16
        maps.double().square().sum().backward()
        expected = exact.weight.grad
        off = (conv.weight.grad.double() - expected).norm() / expected.norm()
        assert off < 0.02


@pytest.mark.skipif(torch.cuda.is_available(), reason='of machines without a GPU')
@pytest.mark.parametrize('padding', [0, 1, 'same', (1, 0, 0)])
def test_other_convolutions_are_left_alone(padding):
    config = dict(type='AmpOptimWrapper', optimizer=dict(type='SGD', lr=0.5))
    conv, clips = nn.Conv3d(2, 2, 3, padding=padding), torch.randn(1, 2, 5, 7, 7)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        expected = conv(clips)
    with build_optim_wrapper(conv, config).optim_context(conv):
        assert torch.equal(conv(clips), expected)
        by_keywords = F.conv3d(clips, conv.weight, bias=conv.bias, padding=padding)
    assert torch.equal(by_keywords, expected)
