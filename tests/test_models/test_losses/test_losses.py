"""The loss modules are the weighted functions."""

import pytest
import torch
from mmaction.registry import MODELS

from stcr_mmaction.functional import channel_wise_divergence, temporal_wise_distance


@pytest.mark.parametrize('reduction', ['mean', 'sum'])
def test_temporal_wise_loss(reduction):
    loss = MODELS.build(
        dict(type='TemporalWiseLoss', loss_weight=3.0, reduction=reduction)
    )
    paths = torch.rand(2, 4, 8, 2)
    expected = 3 * temporal_wise_distance(*paths, reduction)
    torch.testing.assert_close(loss(*paths), expected)


@pytest.mark.parametrize('direction', ['forward', 'reverse', 'symmetric'])
def test_channel_wise_loss(direction):
    options = dict(temperature=0.5, direction=direction)
    loss = MODELS.build(dict(type='ChannelWiseLoss', **options))
    paths = torch.randn(2, 4, 8)
    expected = 0.1 * channel_wise_divergence(*paths, **options)
    torch.testing.assert_close(loss(*paths), expected)


@pytest.mark.parametrize(
    'config',
    [
        dict(type='TemporalWiseLoss', reduction='max'),
        dict(type='ChannelWiseLoss', direction='left'),
        dict(type='ChannelWiseLoss', temperature=0),
    ],
)
def test_bad_options_are_refused_when_built(config):
    with pytest.raises(ValueError, match='must be'):
        MODELS.build(config)
