"""The public networks written once more, from their descriptions, without modules.

Each is a function of a ``Weights`` and of clips. A ``Weights`` makes a tensor up when it
is first asked for, under the name that it has in the public files, so that running a
network also writes its checkpoint.
"""

import torch
import torch.nn.functional as F


class Weights(dict):
    """Random weights by their public names."""

    def __init__(self, counters=True):
        super().__init__()
        self.generator = torch.Generator().manual_seed(0)
        self.counters = counters

    def draw(self, name, *shape):
        if name not in self:
            self[name] = torch.randn(shape, generator=self.generator)
        return self[name]

    def conv(self, maps, name, channels, kernel, stride=(1, 1, 1), padding=None, **more):
        """Convolve; the padding is half the kernel where none is given."""
        shape = (channels, maps.shape[1], *kernel)
        if f'{name}.weight' not in self:
            fan_in = maps.shape[1] * kernel[0] * kernel[1] * kernel[2]
            self.draw(f'{name}.weight', *shape).mul_((2 / fan_in) ** 0.5)
        bias = self.draw(f'{name}.bias', channels) if more.get('bias') else None
        padding = tuple(k // 2 for k in kernel) if padding is None else padding
        return F.conv3d(maps, self[f'{name}.weight'], bias, stride, padding)

    def norm(self, maps, name, eps=1e-5):
        """Normalize by running statistics, which are random as well."""
        channels = maps.shape[1]
        if f'{name}.weight' not in self:
            for key in ('weight', 'bias', 'running_mean'):
                self.draw(f'{name}.{key}', channels).mul_(0.1)
            self[f'{name}.weight'] += 1
            self.draw(f'{name}.running_var', channels).abs_().add_(0.5)
            if self.counters:
                self[f'{name}.num_batches_tracked'] = torch.tensor(7)
        mean, var, weight, bias = (
            self[f'{name}.{key}'].view(-1, 1, 1, 1)
            for key in ('running_mean', 'running_var', 'weight', 'bias')
        )
        return (maps - mean) / (var + eps).sqrt() * weight + bias


def vcop_c3d(weights, maps, base='base_network.'):
    """Xu et al., CVPR 2019: C3D with normalization, up to relu5b."""
    for name, channels, pooling in (
        ('1', 64, (1, 2, 2)),
        ('2', 128, 2),
        *(('3a', 256, None), ('3b', 256, 2)),
        *(('4a', 512, None), ('4b', 512, 2)),
        *(('5a', 512, None), ('5b', 512, None)),
    ):
        maps = weights.conv(maps, f'{base}conv{name}', channels, (3, 3, 3), bias=True)
        maps = weights.norm(maps, f'{base}bn{name}').relu()
        maps = maps if pooling is None else F.max_pool3d(maps, pooling)
    return maps


def full(weights, maps, name, channels, kernel, stride):
    return weights.conv(maps, f'{name}.temporal_spatial_conv', channels, kernel, stride)


def factored(weights, maps, name, channels, kernel, stride):
    t, d, _ = kernel
    before = maps.shape[1]
    mid = int(t * d * d * before * channels / (d * d * before + t * channels))
    space, over_space = (1, d, d), (1, *stride[1:])
    maps = weights.conv(maps, f'{name}.spatial_conv', mid, space, over_space)
    maps = weights.norm(maps, f'{name}.bn').relu()
    time, over_time = (t, 1, 1), (stride[0], 1, 1)
    return weights.conv(maps, f'{name}.temporal_conv', channels, time, over_time)


def vcop_residual(weights, maps, conv):
    """Xu et al., CVPR 2019: one block a stage, no max pooling."""
    maps = conv(weights, maps, 'base_network.conv1', 64, (3, 7, 7), (1, 2, 2))
    maps = weights.norm(maps, 'base_network.bn1').relu()
    for stage, channels in enumerate((64, 128, 256, 512), start=2):
        block = f'base_network.conv{stage}.block1'
        stride = (1, 1, 1) if stage == 2 else (2, 2, 2)
        out = conv(weights, maps, f'{block}.conv1', channels, (3, 3, 3), stride)
        out = weights.norm(out, f'{block}.bn1').relu()
        out = conv(weights, out, f'{block}.conv2', channels, (3, 3, 3), (1, 1, 1))
        out = weights.norm(out, f'{block}.bn2')
        if stage > 2:
            name = f'{block}.downsample'
            maps = conv(weights, maps, f'{name}conv', channels, (1, 1, 1), stride)
            maps = weights.norm(maps, f'{name}bn')
        maps = (maps + out).relu()
    return maps


def vcop_r3d(weights, maps):
    return vcop_residual(weights, maps, full)


def vcop_r2plus1d(weights, maps):
    return vcop_residual(weights, maps, factored)


def same(maps, kernel, stride):
    """Pad with zeros for an output of ceil(size / stride), the odd one behind."""
    padding = []
    for axis in (4, 3, 2):
        size, k, s = maps.shape[axis], kernel[axis - 2], stride[axis - 2]
        total = max(k - s, 0) if size % s == 0 else max(k - size % s, 0)
        padding += [total // 2, total - total // 2]
    return F.pad(maps, padding)


def unit(weights, maps, name, channels, kernel=(1, 1, 1), stride=(1, 1, 1)):
    maps = same(maps, kernel, stride)
    maps = weights.conv(maps, f'{name}.conv3d', channels, kernel, stride, padding=0)
    return weights.norm(maps, f'{name}.bn', eps=1e-3).relu()


def pool(maps, kernel, stride):
    return F.max_pool3d(same(maps, kernel, stride), kernel, stride)


def mixed(weights, maps, name, *channels):
    a, b1, b2, c1, c2, d = channels
    cube = (3, 3, 3)
    first = unit(weights, maps, f'{name}.b0', a)
    second = unit(weights, maps, f'{name}.b1a', b1)
    second = unit(weights, second, f'{name}.b1b', b2, cube)
    third = unit(weights, maps, f'{name}.b2a', c1)
    third = unit(weights, third, f'{name}.b2b', c2, cube)
    last = unit(weights, pool(maps, cube, (1, 1, 1)), f'{name}.b3b', d)
    return torch.cat([first, second, third, last], dim=1)


def inception_i3d(weights, maps):
    """Carreira and Zisserman, CVPR 2017, up to Mixed_5c."""
    maps = unit(weights, maps, 'Conv3d_1a_7x7', 64, (7, 7, 7), (2, 2, 2))
    maps = pool(maps, (1, 3, 3), (1, 2, 2))
    maps = unit(weights, maps, 'Conv3d_2b_1x1', 64)
    maps = unit(weights, maps, 'Conv3d_2c_3x3', 192, (3, 3, 3))
    maps = pool(maps, (1, 3, 3), (1, 2, 2))
    maps = mixed(weights, maps, 'Mixed_3b', 64, 96, 128, 16, 32, 32)
    maps = mixed(weights, maps, 'Mixed_3c', 128, 128, 192, 32, 96, 64)
    maps = pool(maps, (3, 3, 3), (2, 2, 2))
    maps = mixed(weights, maps, 'Mixed_4b', 192, 96, 208, 16, 48, 64)
    maps = mixed(weights, maps, 'Mixed_4c', 160, 112, 224, 24, 64, 64)
    maps = mixed(weights, maps, 'Mixed_4d', 128, 128, 256, 24, 64, 64)
    maps = mixed(weights, maps, 'Mixed_4e', 112, 144, 288, 32, 64, 64)
    maps = mixed(weights, maps, 'Mixed_4f', 256, 160, 320, 32, 128, 128)
    maps = pool(maps, (2, 2, 2), (2, 2, 2))
    maps = mixed(weights, maps, 'Mixed_5b', 256, 160, 320, 32, 128, 128)
    return mixed(weights, maps, 'Mixed_5c', 384, 192, 384, 48, 128, 128)


def cube(weights, maps, name, channels, mid, stride):
    return weights.conv(maps, name, channels, (3, 3, 3), (stride,) * 3)


def frame(weights, maps, name, channels, mid, stride):
    return weights.conv(maps, name, channels, (1, 3, 3), (1, stride, stride))


def two_plus_one(weights, maps, name, channels, mid, stride):
    maps = weights.conv(maps, f'{name}.0', mid, (1, 3, 3), (1, stride, stride))
    maps = weights.norm(maps, f'{name}.1').relu()
    return weights.conv(maps, f'{name}.3', channels, (3, 1, 1), (stride, 1, 1))


def plain_stem(weights, maps):
    maps = weights.conv(maps, 'stem.0', 64, (3, 7, 7), (1, 2, 2))
    return weights.norm(maps, 'stem.1').relu()


def factored_stem(weights, maps):
    maps = weights.conv(maps, 'stem.0', 45, (1, 7, 7), (1, 2, 2))
    maps = weights.norm(maps, 'stem.1').relu()
    maps = weights.conv(maps, 'stem.3', 64, (3, 1, 1))
    return weights.norm(maps, 'stem.4').relu()


def video_resnet_18(weights, maps, stem, convs):
    """Tran et al., CVPR 2018, with torchvision's names: two blocks a stage."""
    maps = stem(weights, maps)
    for stage, (channels, conv) in enumerate(
        zip((64, 128, 256, 512), convs, strict=True)
    ):
        for number in (0, 1):
            block = f'layer{stage + 1}.{number}'
            before = maps.shape[1]
            stride = 2 if before != channels else 1
            mid = before * channels * 27 // (before * 9 + channels * 3)
            out = conv(weights, maps, f'{block}.conv1.0', channels, mid, stride)
            out = weights.norm(out, f'{block}.conv1.1').relu()
            out = conv(weights, out, f'{block}.conv2.0', channels, mid, 1)
            out = weights.norm(out, f'{block}.conv2.1')
            if stride == 2:
                over_time = 1 if conv is frame else 2
                name, strides = f'{block}.downsample', (over_time, 2, 2)
                maps = weights.conv(maps, f'{name}.0', channels, (1, 1, 1), strides)
                maps = weights.norm(maps, f'{name}.1')
            maps = (maps + out).relu()
    return maps


def r3d_18(weights, maps):
    return video_resnet_18(weights, maps, plain_stem, [cube] * 4)


def mc3_18(weights, maps):
    return video_resnet_18(weights, maps, plain_stem, [cube] + [frame] * 3)


def r2plus1d_18(weights, maps):
    return video_resnet_18(weights, maps, factored_stem, [two_plus_one] * 4)
