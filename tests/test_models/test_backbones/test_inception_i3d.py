"""Inception-I3D."""

import itertools

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS

from stcr_mmaction.models.backbones.inception_i3d import (
    ENDPOINTS,
    MaxPool3dSame,
    Unit3D,
    pad_same,
)


def build(**kwargs):
    return MODELS.build(dict(type='InceptionI3D', **kwargs))


@pytest.mark.parametrize(
    ('clip', 'maps'),
    [
        ((64, 224, 224), (8, 7, 7)),
        ((16, 224, 224), (2, 7, 7)),
        ((16, 112, 112), (2, 4, 4)),
    ],
)
def test_maps_are_those_of_the_original(clip, maps):
    with torch.device('meta'):
        network = build()
        assert network(torch.empty(2, 3, *clip)).shape == (2, 1024, *maps)
    assert network.out_channels == 1024
    assert sum(p.numel() for p in network.parameters()) == 12_287_264


def test_weights_have_the_names_of_the_public_checkpoints():
    with torch.device('meta'):
        shapes = {k: tuple(v.shape) for k, v in build().state_dict().items()}
    expected = {
        'Conv3d_1a_7x7.conv3d.weight': (64, 3, 7, 7, 7),
        'Conv3d_1a_7x7.bn.running_var': (64,),
        'Conv3d_2c_3x3.conv3d.weight': (192, 64, 3, 3, 3),
        'Mixed_3b.b0.conv3d.weight': (64, 192, 1, 1, 1),
        'Mixed_3b.b1a.conv3d.weight': (96, 192, 1, 1, 1),
        'Mixed_4d.b1b.conv3d.weight': (256, 128, 3, 3, 3),
        'Mixed_5b.b2b.conv3d.weight': (128, 32, 3, 3, 3),
        'Mixed_5c.b3b.conv3d.weight': (128, 832, 1, 1, 1),
        'Mixed_5c.b2a.bn.weight': (48,),
    }
    assert expected.items() <= shapes.items()
    assert not any(key.endswith('conv3d.bias') for key in shapes)
    endpoints = {name for name in ENDPOINTS if not name.startswith('MaxPool')}
    assert {key.split('.')[0] for key in shapes} == endpoints


def test_normalization_is_that_of_the_original():
    norms = [m for m in build(width=0.1).modules() if isinstance(m, torch.nn.BatchNorm3d)]
    assert len(norms) == 3 + 9 * 6
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.01)}


def same_windows(size, kernel, stride):
    """The positions that each output of a SAME layer looks at, by its definition.

    ceil(size / stride) windows; as many positions outside before the first as behind
    the last one, or one fewer.
    """
    count = int(np.ceil(size / stride))
    needed = (count - 1) * stride + kernel
    start = -(max(needed - size, 0) // 2)
    return [range(start + i * stride, start + i * stride + kernel) for i in range(count)]


def reference_max_pool(maps, kernel, stride):
    sizes = maps.shape[2:]
    windows = [same_windows(*args) for args in zip(sizes, kernel, stride, strict=True)]
    out = torch.zeros(*maps.shape[:2], *map(len, windows), dtype=maps.dtype)
    for index in itertools.product(*(range(len(axis)) for axis in windows)):
        inside = [
            [p for p in axis[i] if 0 <= p < size]
            for axis, i, size in zip(windows, index, sizes, strict=True)
        ]
        patch = maps[:, :, inside[0]][..., inside[1], :][..., inside[2]]
        out[(..., *index)] = patch.amax(dim=(2, 3, 4))
    return out


@pytest.mark.parametrize('sizes', [(8, 7, 6), (5, 4, 9)])
@pytest.mark.parametrize(
    ('kernel', 'stride'),
    [((1, 3, 3), (1, 2, 2)), ((3, 3, 3), (2, 2, 2)), ((2, 2, 2), (2, 2, 2))],
)
def test_max_pooling_ignores_the_padding(sizes, kernel, stride):
    maps = torch.rand(2, 3, *sizes)
    pooled = MaxPool3dSame(kernel, stride)(maps)
    assert torch.equal(pooled, reference_max_pool(maps, kernel, stride))


@pytest.mark.parametrize('size', range(5, 12))
@pytest.mark.parametrize(('kernel', 'stride'), [(7, 2), (3, 1), (3, 2), (2, 2), (1, 1)])
def test_padding_covers_the_windows_and_no_more(size, kernel, stride):
    padded = pad_same(torch.ones(1, 1, size, 1, 1), (kernel, 1, 1), (stride, 1, 1))
    windows = same_windows(size, kernel, stride)
    before = -windows[0].start
    behind = max(windows[-1].stop - size, 0)
    expected = [0.0] * before + [1.0] * size + [0.0] * behind
    assert padded.flatten().tolist() == expected


def test_convolution_with_same_padding_by_hand():
    """A kernel of ones over time sums the frames of each window."""
    unit = Unit3D(1, 1, (3, 1, 1), (2, 1, 1), dict(type='BN3d')).eval()
    torch.nn.init.ones_(unit.conv3d.weight)
    clip = torch.tensor([1.0, 2.0, 4.0, 8.0]).view(1, 1, 4, 1, 1)
    scale = (1 + unit.bn.eps) ** -0.5
    expected = torch.tensor([1 + 2 + 4, 4 + 8]) * scale
    torch.testing.assert_close(unit(clip).flatten(), expected)


def test_gradient_reaches_every_parameter():
    network = build(width=0.25)
    network(torch.rand(4, 3, 16, 32, 32)).square().sum().backward()
    for key, parameter in network.named_parameters():
        assert parameter.grad is not None and parameter.grad.any(), key


def test_clips_do_not_affect_each_other_in_evaluation():
    network = build(width=0.1).eval()
    clips = torch.rand(2, 3, 8, 32, 32)
    alone = torch.cat([network(clip[None]) for clip in clips])
    torch.testing.assert_close(network(clips), alone)


@pytest.mark.parametrize(('width', 'channels'), [(0.125, 128), (0.5, 512), (2, 2048)])
def test_width_multiplies_the_channels(width, channels):
    with torch.device('meta'):
        network = build(width=width, in_channels=2)
        maps = network(torch.empty(1, 2, 16, 32, 32))
    assert maps.shape[1] == network.out_channels == channels


def test_refuses_what_is_not_clips():
    with pytest.raises(ValueError, match=r'InceptionI3D needs clips \(N, 3, T, H, W\)'):
        build(width=0.1)(torch.rand(2, 8, 3, 32, 32))
