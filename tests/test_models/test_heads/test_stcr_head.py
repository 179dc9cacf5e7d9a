"""The regularization head: alignment, terms, options, and bad input."""

import pytest
import torch
from mmaction.registry import MODELS

from stcr_mmaction.functional import (
    channel_wise_divergence,
    invert_clips,
    spatial_pooling,
    temporal_wise_distance,
    transform_clips,
)

SHAPE = (16, 6, 2, 5, 5)  # N, C', T', H', W'
CODES = list(range(16))


def build(**options):
    config = dict(type='STCRHead', in_channels=6, temporal_size=2)
    return MODELS.build({**config, **options})


@pytest.mark.parametrize('pooling', ['max', 'mean', 'none'])
def test_an_equivariant_network_satisfies_the_temporal_term(pooling):
    clean = torch.rand(SHAPE)
    noise = transform_clips(clean, CODES)
    loss = build(pooling=pooling).loss(clean, noise, CODES)['loss_temporal']
    assert loss.item() == pytest.approx(0, abs=1e-12)
    wrong = build(pooling=pooling).loss(clean, noise, CODES[::-1])['loss_temporal']
    assert wrong > 1e-4


@pytest.mark.parametrize('pooling', ['max', 'mean', 'none'])
def test_terms_are_those_of_the_equations(pooling):
    head = build(pooling=pooling)
    clean, noise = torch.randn(2, *SHAPE)
    aligned = invert_clips(noise, CODES)
    psi = [spatial_pooling(maps, pooling) for maps in (clean, aligned)]
    over_space = 'max' if pooling == 'none' else pooling
    descriptors = []
    for mapping, maps in (
        (head.clean_mapping[-1], clean),
        (head.noise_mapping[-1], aligned),
    ):
        flat = spatial_pooling(maps, over_space).clamp(min=0).reshape(16, 12)
        descriptors.append(flat @ mapping.weight.T + mapping.bias)
    losses = head.loss(clean, noise, CODES)
    assert set(losses) == {'loss_temporal', 'loss_channel'}
    torch.testing.assert_close(losses['loss_temporal'], temporal_wise_distance(*psi))
    expected = 0.1 * channel_wise_divergence(*descriptors)
    torch.testing.assert_close(losses['loss_channel'], expected)


def test_the_two_paths_have_weights_of_their_own():
    head = build()
    assert sum(p.numel() for p in head.parameters()) == 2 * (12 * 6 + 6)
    assert not torch.equal(head.clean_mapping[-1].weight, head.noise_mapping[-1].weight)


@pytest.mark.parametrize(
    'off', [None, dict(type='ChannelWiseLoss', loss_weight=0)], ids=['none', 'weight 0']
)
def test_without_the_channel_term_there_is_no_mapping(off):
    head = build(loss_channel=off, temporal_size=None)
    assert not list(head.parameters())
    losses = head.loss(*torch.rand(2, *SHAPE), CODES)
    assert set(losses) == {'loss_temporal'}


def test_channel_term_alone():
    losses = build(loss_temporal=None).loss(*torch.rand(2, *SHAPE), CODES)
    assert set(losses) == {'loss_channel'}


@pytest.mark.parametrize('path', [None, 'clean', 'noise'])
def test_stop_gradient(path):
    paths = dict(zip(('clean', 'noise'), torch.rand(2, *SHAPE), strict=True))
    for maps in paths.values():
        maps.requires_grad_()
    head = build(stop_gradient=path)
    sum(head.loss(**paths, codes=CODES).values()).backward()
    for name, maps in paths.items():
        assert (maps.grad is None) == (name == path)
    assert all(p.grad is not None for p in head.parameters())


def test_batch_is_the_mean_of_its_clips():
    head = build()
    clean, noise = torch.rand(2, *SHAPE)
    together = head.loss(clean, noise, CODES)
    alone = [
        head.loss(clean[n : n + 1], noise[n : n + 1], [code])
        for n, code in enumerate(CODES)
    ]
    for name, value in together.items():
        mean = torch.stack([losses[name] for losses in alone]).mean()
        torch.testing.assert_close(value, mean)


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((2, 6), r'feature maps .* gives \(2, 6\): set tap'),
        ((2, 6, 5, 5), 'time axis'),
        ((2, 7, 2, 5, 5), r'in_channels=6, .* set in_channels=7'),
        ((2, 6, 4, 5, 5), r'temporal_size=2, .* set temporal_size=4'),
    ],
)
def test_maps_that_do_not_fit(shape, message):
    with pytest.raises(ValueError, match=message):
        build().loss(torch.rand(shape), torch.rand(shape), [0, 0])


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(pooling='min'), 'pooling must be one of'),
        (dict(stop_gradient='both'), 'stop_gradient must be one of'),
        (dict(loss_temporal=None, loss_channel=None), 'no term left'),
        (dict(temporal_size=None), 'needs temporal_size'),
    ],
)
def test_bad_options_are_refused_when_built(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
