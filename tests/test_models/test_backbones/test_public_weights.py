"""Public checkpoints in our backbones and MMAction2's: the same network computes."""

import functools
import re

import pytest
import torch
from mmaction.registry import MODELS
from torch import nn

from stcr_mmaction.models.backbones.public_weights import (
    PUBLIC_NETWORKS,
    convert_public_weights,
)

from . import public_networks

HEADS = dict(
    vcop=('fc7.weight', 'fc8.bias', 'base_network.linear.weight'),
    inception=('logits.conv3d.weight', 'logits.conv3d.bias'),
    r3d=('fc.weight', 'fc.bias'),
    mc3=('fc.weight', 'fc.bias'),
    r2plus1d=('fc.weight', 'fc.bias'),
)
CLIP = (2, 3, 8, 40, 36)  # not square, and not a multiple of the strides


def build(network):
    backbone = MODELS.build(dict(PUBLIC_NETWORKS[network].backbone))
    backbone.eval()  # of MMAction2's returns None
    return backbone


@functools.cache
def public(network, counters=True):
    """Run the network as written in the tests; return its file, clips and maps."""
    weights = public_networks.Weights(counters)
    clips = torch.rand(CLIP, generator=torch.Generator().manual_seed(1))
    maps = getattr(public_networks, network)(weights, clips)
    heads = {name: torch.rand(3) for name in HEADS[network.partition('_')[0]]}
    return {**weights, **heads}, clips, maps


@torch.no_grad()
@pytest.mark.parametrize('network', PUBLIC_NETWORKS)
def test_the_backbone_computes_what_the_public_network_does(network):
    weights, clips, maps = public(network)
    backbone = build(network)
    backbone.load_state_dict(convert_public_weights(weights, network), strict=True)
    torch.testing.assert_close(backbone(clips), maps, rtol=1e-3, atol=1e-4)
    assert maps.std() > 0.1  # not equal because all is 0


@torch.no_grad()
@pytest.mark.parametrize('network', ['r3d_18', 'mc3_18', 'r2plus1d_18'])
def test_the_backbone_computes_what_torchvision_does(network):
    video = pytest.importorskip('torchvision.models.video')
    original = getattr(video, network)(weights=None)
    for module in original.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    state = original.state_dict()
    original.avgpool = original.fc = nn.Identity()
    backbone = build(network)
    backbone.load_state_dict(convert_public_weights(state, network), strict=True)
    clips = torch.rand(CLIP)
    expected = original.eval()(clips)  # flattened behind its pooling, which is gone
    torch.testing.assert_close(backbone(clips).flatten(1), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize('network', PUBLIC_NETWORKS)
def test_names_of_parallel_training_and_files_without_counters(network):
    weights, _, _ = public(network, counters=False)
    parallel = {f'module.{name}': tensor for name, tensor in weights.items()}
    converted = convert_public_weights(parallel, network)
    build(network).load_state_dict(converted, strict=True)
    counters = [t for name, t in converted.items() if name.endswith('batches_tracked')]
    assert counters and not any(counters)


def test_weights_of_the_classifier_alone_can_be_converted():
    weights, _, _ = public('vcop_r3d')
    bare = {k.removeprefix('base_network.'): v for k, v in weights.items()}
    converted = convert_public_weights(bare, 'vcop_r3d')
    assert all(tensor is bare[name] for name, tensor in converted.items())


@pytest.mark.parametrize('network', PUBLIC_NETWORKS)
def test_every_leftover_is_named(network):
    weights = dict(public(network)[0])
    convolutions = [name for name, t in weights.items() if t.ndim == 5]
    removed = [weights.pop(name).shape for name in convolutions[1:6]]
    weights['layer9.weight'] = weights['other'] = torch.zeros(1)
    weights[convolutions[0]] = torch.zeros(7)
    with pytest.raises(ValueError, match=f'not the weights of {network}: ') as caught:
        convert_public_weights(weights, network)
    message = str(caught.value)
    assert re.search(
        r'5 not in the checkpoint, 2 not in the model, 1 of another', message
    )
    assert 'not in the model: layer9.weight, other\n' in message
    assert '((7,) in the checkpoint, (' in message
    (missing,) = re.findall('not in the checkpoint: (.*)', message)
    assert len(missing.split(', ')) == len(removed)


def test_each_network_refuses_the_files_of_the_others():
    for network in PUBLIC_NETWORKS:
        for other in PUBLIC_NETWORKS:
            if other != network:
                with pytest.raises(ValueError, match=f'not the weights of {network}'):
                    convert_public_weights(public(other)[0], network)


def test_an_unknown_network_is_refused():
    with pytest.raises(ValueError, match="one of .*'r3d_18'.*, got 'r3d_50'"):
        convert_public_weights({}, 'r3d_50')


def test_torchvisions_network_does_not_fit_mmaction2s():
    """Why there is a backbone for it."""
    with torch.device('meta'):
        stock = MODELS.build(
            dict(
                type='ResNet2Plus1d',
                depth=18,
                pretrained2d=False,
                conv_cfg=dict(type='Conv2plus1d'),
            )
        )
    shapes = {name: tuple(tensor.shape) for name, tensor in stock.state_dict().items()}
    ours = convert_public_weights(public('r2plus1d_18')[0], 'r2plus1d_18')
    assert shapes['conv1.conv.conv_s.weight'] == (83, 3, 1, 7, 7)
    assert ours['stem.0.weight'].shape == (45, 3, 1, 7, 7)
    assert 'layer2.0.downsample.conv.conv_s.weight' in shapes
    assert ours['layer2.0.downsample.0.weight'].shape == (128, 64, 1, 1, 1)


@pytest.mark.parametrize('base_channels', [1, 4])
def test_width_of_torchvisions_network_is_an_option(base_channels):
    options = dict(base_channels=base_channels, in_channels=2)
    backbone = MODELS.build(dict(type='TorchvisionR2Plus1D', **options))
    maps = backbone(torch.rand(2, 2, 16, 32, 32))
    assert maps.shape == (2, 8 * base_channels, 2, 2, 2)
    assert backbone.out_channels == 8 * base_channels


def test_size_of_torchvisions_network_is_that_of_the_original():
    with torch.device('meta'):
        backbone = MODELS.build(dict(type='TorchvisionR2Plus1D'))
        assert backbone(torch.empty(1, 3, 16, 112, 112)).shape == (1, 512, 2, 7, 7)
    # 31,505,325 in torchvision, 512 * 400 + 400 of them in its classifier.
    assert sum(p.numel() for p in backbone.parameters()) == 31_505_325 - 205_200


def test_torchvisions_network_refuses_what_is_not_clips():
    with pytest.raises(ValueError, match='TorchvisionR2Plus1D needs clips'):
        MODELS.build(dict(type='TorchvisionR2Plus1D'))(torch.rand(3, 8, 8, 8))
