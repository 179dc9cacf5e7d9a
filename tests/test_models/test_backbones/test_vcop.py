"""The three networks of the clip order prediction experiments."""

import pytest
import torch
from mmaction.registry import MODELS

NETWORKS = ('VCOPC3D', 'VCOPR3D', 'VCOPR2Plus1D')


def build(name, **kwargs):
    return MODELS.build(dict(type=name, **kwargs))


def count(network):
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ('name', 'parameters'),
    [('VCOPC3D', 27_661_440), ('VCOPR3D', 14_361_792), ('VCOPR2Plus1D', 14_365_303)],
)
def test_size_and_maps_are_those_of_the_original(name, parameters):
    with torch.device('meta'):
        network = build(name)
        maps = network(torch.empty(2, 3, 16, 112, 112))
    assert count(network) == parameters
    assert maps.shape == (2, 512, 2, 7, 7)
    assert network.out_channels == 512


@pytest.mark.parametrize('name', NETWORKS)
@pytest.mark.parametrize(('clip_len', 'size'), [(32, 4), (64, 8)])
def test_longer_clips_give_more_time_steps(name, clip_len, size):
    with torch.device('meta'):
        maps = build(name)(torch.empty(1, 3, clip_len, 224, 224))
    assert maps.shape == (1, 512, size, 14, 14)


@pytest.mark.parametrize(
    ('name', 'keys'),
    [
        (
            'VCOPC3D',
            {
                'conv1.weight': (64, 3, 3, 3, 3),
                'conv1.bias': (64,),
                'bn1.running_mean': (64,),
                'conv2.weight': (128, 64, 3, 3, 3),
                'conv3a.weight': (256, 128, 3, 3, 3),
                'bn4b.weight': (512,),
                'conv5b.weight': (512, 512, 3, 3, 3),
            },
        ),
        (
            'VCOPR3D',
            {
                'conv1.temporal_spatial_conv.weight': (64, 3, 3, 7, 7),
                'bn1.weight': (64,),
                'conv2.block1.conv1.temporal_spatial_conv.weight': (64, 64, 3, 3, 3),
                'conv3.block1.bn2.weight': (128,),
                'conv3.block1.downsampleconv.temporal_spatial_conv.weight': (
                    *(128, 64),
                    *(1, 1, 1),
                ),
                'conv5.block1.downsamplebn.weight': (512,),
                'conv5.blocks.0.conv2.temporal_spatial_conv.weight': (
                    *(512, 512),
                    *(3, 3, 3),
                ),
            },
        ),
        (
            'VCOPR2Plus1D',
            {
                'conv1.spatial_conv.weight': (83, 3, 1, 7, 7),
                'conv1.bn.weight': (83,),
                'conv1.temporal_conv.weight': (64, 83, 3, 1, 1),
                'bn1.weight': (64,),
                'conv2.block1.conv1.spatial_conv.weight': (144, 64, 1, 3, 3),
                'conv3.block1.conv1.bn.weight': (230,),
                'conv3.block1.downsampleconv.bn.weight': (42,),
                'conv4.block1.downsampleconv.spatial_conv.weight': (85, 128, 1, 1, 1),
                'conv5.block1.downsampleconv.temporal_conv.weight': (512, 170, 1, 1, 1),
                'conv5.blocks.0.conv1.temporal_conv.weight': (512, 1152, 3, 1, 1),
            },
        ),
    ],
)
def test_weights_have_the_names_of_the_public_checkpoints(name, keys):
    kwargs = {} if name == 'VCOPC3D' else dict(layer_sizes=(1, 1, 1, 2))
    with torch.device('meta'):
        shapes = {
            k: tuple(v.shape) for k, v in build(name, **kwargs).state_dict().items()
        }
    assert keys.items() <= shapes.items()


@pytest.mark.parametrize('name', NETWORKS)
@pytest.mark.parametrize('base_channels', [1, 4])
def test_width_and_input_channels_are_options(name, base_channels):
    network = build(name, base_channels=base_channels, in_channels=2)
    maps = network(torch.rand(2, 2, 8, 32, 32))
    assert maps.shape[1] == network.out_channels == 8 * base_channels


@pytest.mark.parametrize('name', NETWORKS)
def test_gradient_reaches_every_parameter(name):
    network = build(name, base_channels=4)
    network(torch.rand(2, 3, 16, 48, 48)).square().sum().backward()
    for key, parameter in network.named_parameters():
        # The bias of a convolution has no effect before batch normalization.
        assert parameter.grad is not None, key
        assert key.endswith('bias') or parameter.grad.any(), key


@pytest.mark.parametrize('name', NETWORKS)
def test_clips_do_not_affect_each_other_in_evaluation(name):
    network = build(name, base_channels=4).eval()
    clips = torch.rand(3, 3, 8, 32, 32)
    alone = torch.cat([network(clip[None]) for clip in clips])
    torch.testing.assert_close(network(clips), alone)


@pytest.mark.parametrize('name', NETWORKS)
def test_normalization_is_an_option(name):
    network = build(name, base_channels=4, norm_cfg=dict(type='SyncBN'))
    kinds = {type(m).__name__ for m in network.modules() if 'BatchNorm' in str(type(m))}
    assert kinds == {'SyncBatchNorm'}


@pytest.mark.parametrize('name', NETWORKS)
@pytest.mark.parametrize(
    'shape', [(3, 8, 32, 32), (2, 1, 3, 8, 32, 32), (2, 8, 3, 32, 32)]
)
def test_refuses_what_is_not_clips(name, shape):
    with pytest.raises(ValueError, match=rf'{name} needs clips \(N, 3, T, H, W\)'):
        build(name, base_channels=1)(torch.rand(shape))


@pytest.mark.parametrize('layer_sizes', [(1, 1, 1), (1, 0, 1, 1)])
def test_refuses_other_than_four_stages(layer_sizes):
    with pytest.raises(ValueError, match='layer_sizes must be four'):
        build('VCOPR3D', layer_sizes=layer_sizes)


def test_r3d_block_by_hand():
    """The residual sum comes before the last ReLU, and strides halve both paths."""
    stage = build('VCOPR3D', base_channels=2).eval().conv3.block1
    maps = torch.rand(1, 2, 4, 6, 6)
    main = stage.bn2(stage.conv2(stage.bn1(stage.conv1(maps)).clamp(min=0)))
    corner = stage.downsamplebn(stage.downsampleconv[0](maps))
    assert torch.equal(stage(maps), (main + corner).clamp(min=0))
    assert main.shape == (1, 4, 2, 3, 3)
