"""The consistency terms against their formulas."""

import math

import pytest
import torch

from stcr_mmaction.functional import (
    channel_wise_divergence,
    spatial_pooling,
    temporal_wise_distance,
)


@pytest.fixture
def features():
    return torch.randn(2, 3, 4, 5, generator=torch.Generator().manual_seed(0)).double()


@pytest.fixture
def descriptors():
    return torch.randn(2, 6, 5, generator=torch.Generator().manual_seed(0)).double()


def test_pooling_reduces_space_and_keeps_time():
    maps = torch.arange(2 * 3 * 4 * 4.0).view(1, 2, 3, 4, 4)
    by_frame = maps.view(1, 2, 3, 16)
    assert torch.equal(spatial_pooling(maps), by_frame.max(-1).values)
    assert torch.equal(spatial_pooling(maps, 'mean'), by_frame.mean(-1))
    assert spatial_pooling(maps, 'none') is maps


def test_temporal_wise_distance_is_the_squared_norm(features):
    clean, noise = features
    norms = [
        sum((a - b) ** 2 for a, b in zip(c.flatten(), n.flatten(), strict=True))
        for c, n in zip(clean, noise, strict=True)
    ]
    total = temporal_wise_distance(clean, noise, reduction='sum')
    torch.testing.assert_close(total, sum(norms) / 3)
    mean = temporal_wise_distance(clean, noise)
    torch.testing.assert_close(mean, total / 20)


def test_temporal_wise_distance_is_symmetric_and_0_at_agreement(features):
    clean, noise = features
    there = temporal_wise_distance(clean, noise)
    assert torch.equal(there, temporal_wise_distance(noise, clean))
    assert temporal_wise_distance(clean, clean) == 0


def loop_divergence(p_logits, q_logits):
    total = 0.0
    for p_row, q_row in zip(p_logits.tolist(), q_logits.tolist(), strict=True):
        p_sum = sum(map(math.exp, p_row))
        q_sum = sum(map(math.exp, q_row))
        for a, b in zip(p_row, q_row, strict=True):
            p, q = math.exp(a) / p_sum, math.exp(b) / q_sum
            total += p * math.log(p / q)
    return total / len(p_logits)


@pytest.mark.parametrize('temperature', [1.0, 0.5, 4.0])
def test_channel_wise_divergence_is_kullback_leibler(descriptors, temperature):
    clean, noise = descriptors
    forward = loop_divergence(clean / temperature, noise / temperature)
    reverse = loop_divergence(noise / temperature, clean / temperature)
    expected = dict(forward=forward, reverse=reverse, symmetric=(forward + reverse) / 2)
    for direction, value in expected.items():
        divergence = channel_wise_divergence(clean, noise, temperature, direction)
        assert divergence.item() == pytest.approx(value, rel=1e-9)


def test_channel_wise_divergence_is_0_at_agreement_and_ignores_an_offset(descriptors):
    clean, noise = descriptors
    assert channel_wise_divergence(clean, clean + 3).item() == pytest.approx(0, abs=1e-12)
    assert channel_wise_divergence(clean, noise) > 0


def test_gradients(features, descriptors):
    paths = [path.requires_grad_() for path in features.unbind()]
    assert torch.autograd.gradcheck(temporal_wise_distance, paths)
    paths = [path.requires_grad_() for path in descriptors.unbind()]
    assert torch.autograd.gradcheck(channel_wise_divergence, paths)


def test_bad_arguments(features, descriptors):
    with pytest.raises(ValueError, match="pooling must be one of .*'max'.* got 'min'"):
        spatial_pooling(torch.rand(1, 1, 1, 1, 1), 'min')
    with pytest.raises(ValueError, match="reduction must be one of .* got 'none'"):
        temporal_wise_distance(*features, reduction='none')
    with pytest.raises(ValueError, match='one shape'):
        temporal_wise_distance(features[0], features[1][:, :2])
    with pytest.raises(ValueError, match='direction must be one of'):
        channel_wise_divergence(*descriptors, direction='up')
    with pytest.raises(ValueError, match='temperature must be above 0, got 0'):
        channel_wise_divergence(*descriptors, temperature=0)
