"""The loss modules are the weighted functions."""

import math

import pytest
import torch
from mmaction.registry import MODELS

from stcr_mmaction.functional import (
    channel_wise_divergence,
    covariance_penalty,
    info_nce,
    temporal_wise_distance,
    variance_hinge,
)

PROJECTOR = dict(type='ProjectionMLP', in_channels=16, hidden_channels=12, out_channels=6)


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


@pytest.mark.parametrize('projector', [None, PROJECTOR])
@pytest.mark.parametrize('symmetric', [True, False])
def test_info_nce_loss(projector, symmetric):
    config = dict(type='InfoNCELoss', loss_weight=3.0, temperature=0.2)
    loss = MODELS.build(dict(config, symmetric=symmetric, projector=projector))
    clean, noise = paths = torch.randn(2, 4, 8, 2)
    clean, noise = (loss.projector(path.view(4, 16)) for path in paths)
    expected = 3 * info_nce(noise, clean, 0.2, symmetric=symmetric)
    torch.testing.assert_close(loss(*paths), expected)


@pytest.mark.parametrize('projector', [None, PROJECTOR])
def test_variance_covariance_loss(projector):
    config = dict(type='VarianceCovarianceLoss', variance_weight=3.0)
    loss = MODELS.build(dict(config, target_std=2.0, projector=projector))
    paths = torch.randn(2, 4, 8, 2)
    clean, noise = (loss.projector(path.view(4, 16)) for path in paths)
    terms = loss(*paths)
    assert set(terms) == {'variance', 'covariance'}
    hinges = variance_hinge(clean, 2.0) + variance_hinge(noise, 2.0)
    torch.testing.assert_close(terms['variance'], 3 * hinges)
    penalties = covariance_penalty(clean) + covariance_penalty(noise)
    torch.testing.assert_close(terms['covariance'], 0.04 * penalties)


@pytest.mark.parametrize('term', ['variance', 'covariance'])
def test_a_weight_of_0_leaves_a_term_out(term):
    loss = MODELS.build({'type': 'VarianceCovarianceLoss', f'{term}_weight': 0})
    assert set(loss(*torch.rand(2, 4, 8, 2))) == {'variance', 'covariance'} - {term}


@pytest.mark.parametrize('name', ['InfoNCELoss', 'VarianceCovarianceLoss'])
def test_projector_of_other_channels_says_which(name):
    loss = MODELS.build(dict(type=name, projector=dict(PROJECTOR, in_channels=8)))
    with pytest.raises(ValueError, match='in_channels=8, .* set in_channels=16'):
        loss(*torch.rand(2, 4, 8, 2))


@pytest.mark.parametrize('autocast', [True, False])
@pytest.mark.parametrize('dtype', [torch.bfloat16, torch.float16])
@pytest.mark.parametrize(
    ('config', 'shape'),
    [
        (dict(type='TemporalWiseLoss'), (8, 2)),
        (dict(type='TemporalWiseLoss', reduction='sum'), (8, 2, 7, 7)),
        (dict(type='ChannelWiseLoss', temperature=0.3), (8,)),
        (dict(type='InfoNCELoss'), (8, 2)),
        (dict(type='VarianceCovarianceLoss'), (8, 2)),
    ],
)
def test_half_precision_is_left_to_the_network(config, shape, dtype, autocast):
    """Sums over clips and dimensions would overflow or round."""
    loss = MODELS.build(config)
    paths = (100 * torch.rand(2, 4, *shape)).to(dtype)
    with torch.autocast('cpu', dtype=dtype, enabled=autocast):
        mixed = loss(*paths)
    exact = loss(*paths.float())
    for a, b in zip(_values(mixed), _values(exact), strict=True):
        assert a.dtype == torch.float32
        assert torch.equal(a, b)


def _values(loss):
    return [loss] if isinstance(loss, torch.Tensor) else list(loss.values())


WEIGHTS = [
    ('TemporalWiseLoss', 'loss_weight'),
    ('ChannelWiseLoss', 'loss_weight'),
    ('InfoNCELoss', 'loss_weight'),
    ('VarianceCovarianceLoss', 'variance_weight'),
    ('VarianceCovarianceLoss', 'covariance_weight'),
]


@pytest.mark.parametrize(
    'config',
    [
        dict(type='TemporalWiseLoss', reduction='max'),
        dict(type='ChannelWiseLoss', direction='left'),
        dict(type='ChannelWiseLoss', temperature=0),
        dict(type='InfoNCELoss', temperature=0),
        dict(type='VarianceCovarianceLoss', target_std=0),
        *(
            dict(type=kind, **{weight: value})
            for kind, weight in WEIGHTS
            for value in (-1, math.nan, math.inf, None, '1', [1])
        ),
    ],
)
def test_bad_options_are_refused_when_built(config):
    with pytest.raises(ValueError, match='must be'):
        MODELS.build(config)


def test_without_any_term_there_is_no_loss_to_build():
    config = dict(variance_weight=0, covariance_weight=0)
    with pytest.raises(ValueError, match='no term left'):
        MODELS.build(dict(type='VarianceCovarianceLoss', **config))
