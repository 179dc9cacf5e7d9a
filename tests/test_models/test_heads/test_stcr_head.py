"""The regularization head: alignment, terms, options, and bad input."""

import itertools

import pytest
import torch
from mmaction.registry import MODELS

from stcr_mmaction.functional import (
    channel_spread,
    channel_wise_divergence,
    info_nce,
    invert_clips,
    spatial_pooling,
    temporal_wise_distance,
    transform_clips,
)

SHAPE = (16, 6, 2, 5, 5)  # N, C', T', H', W'
CODES = list(range(16))
PREDICTOR = dict(type='ProjectionMLP', hidden_channels=4)
PROJECTOR = dict(type='ProjectionMLP', in_channels=12, hidden_channels=8, out_channels=8)
SPREAD = dict(spread=dict(type='VarianceCovarianceLoss'))
AUXILIARY = dict(contrast=dict(type='InfoNCELoss', projector=PROJECTOR), **SPREAD)


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


def test_the_default_is_the_papers_objective_to_the_digit():
    """Values of the version before it had options, from its own first lines:

    torch.manual_seed(0); head = build(); clean, noise = torch.rand(2, *SHAPE)
    """
    torch.manual_seed(0)
    losses = build().loss(*torch.rand(2, *SHAPE), CODES)
    assert losses['loss_temporal'].item() == pytest.approx(0.0029140047263354063)
    assert losses['loss_channel'].item() == pytest.approx(0.0024084870237857103)
    assert torch.rand(1).item() == 0.40526503324508667  # as many random numbers drawn


@pytest.mark.parametrize('pooling', ['mean', 'none'])
def test_center_time_takes_what_stands_still_out_of_all_losses(pooling):
    clean, noise = torch.rand(2, *SHAPE)
    still = [5 * torch.rand(16, 6, 1, 1, 1) for _ in range(2)]
    options = dict(pooling=pooling, auxiliary_losses=AUXILIARY)
    for centered in (True, False):
        head = build(center_time=centered, **options)
        before = head.loss(clean, noise, CODES)
        after = head.loss(clean + still[0], noise + still[1], CODES)
        for name, value in before.items():
            same = torch.allclose(after[name], value, rtol=1e-3, atol=1e-5)
            assert same == centered, name


def test_centered_terms_are_those_of_psi_minus_its_mean_over_time():
    head = build(center_time=True, loss_channel=None)
    clean, noise = torch.rand(2, *SHAPE)
    psi = [spatial_pooling(maps) for maps in (clean, invert_clips(noise, CODES))]
    centered = [features - features.mean(dim=2)[:, :, None] for features in psi]
    losses = head.loss(clean, noise, CODES)
    torch.testing.assert_close(losses['loss_temporal'], temporal_wise_distance(*centered))
    for ours, expected in zip(head(clean, noise, CODES), psi, strict=True):
        assert torch.equal(ours, expected)  # the monitor averages them over time


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('centered', [True, False])
def test_losses_of_half_maps_are_those_of_the_same_maps_in_single_precision(
    dtype, centered
):
    head = build(center_time=centered, loss_channel=None, auxiliary_losses=SPREAD)
    half = (10 + torch.rand(2, *SHAPE)).to(dtype)
    found, exact = (head.loss(*maps, CODES) for maps in (half, half.float()))
    for name, value in exact.items():
        assert torch.equal(found[name], value), name


def test_time_of_one_step_has_nothing_to_center():
    with pytest.raises(ValueError, match='2 or more time steps, got 1: give more'):
        build(center_time=True, temporal_size=1)
    head = build(center_time=True, temporal_size=None, loss_channel=None)
    with pytest.raises(ValueError, match='2 or more time steps, got 1: give more'):
        head.loss(*torch.rand(2, 2, 6, 1, 5, 5), [0, 0])


def by_place(mlp, features):
    """Apply an MLP without normalization to the channels, one place at a time."""
    predicted = torch.empty_like(features)
    for place in itertools.product(*(range(size) for size in features.shape[2:])):
        at_place = (slice(None), slice(None), *place)
        predicted[at_place] = mlp(features[at_place])
    return predicted


@pytest.mark.parametrize('pooling', ['max', 'none'])
@pytest.mark.parametrize('stop', [None, 'clean', 'noise'])
def test_a_predictor_stands_before_the_path_that_learns(pooling, stop):
    predictor = dict(PREDICTOR, norm=False)
    options = dict(pooling=pooling, loss_channel=None, stop_gradient=stop)
    head = build(predictor=predictor, **options)
    clean, noise = (torch.rand(4, 6, 2, 3, 3, requires_grad=True) for _ in range(2))
    codes = [0, 1, 2, 8]
    psi_clean, psi_noise = head(clean, noise, codes)
    from_noise = temporal_wise_distance(psi_clean, by_place(head.predictor, psi_noise))
    from_clean = temporal_wise_distance(by_place(head.predictor, psi_clean), psi_noise)
    both = (from_noise + from_clean) / 2
    expected = {None: both, 'clean': from_noise, 'noise': from_clean}[stop]
    loss = head.loss(clean, noise, codes)['loss_temporal']
    torch.testing.assert_close(loss, expected)
    loss.backward()
    assert (clean.grad is None) == (stop == 'clean')
    assert (noise.grad is None) == (stop == 'noise')
    assert all(p.grad is not None for p in head.parameters())


def test_a_predicted_path_has_a_target_without_gradient():
    """With a predictor that gives 0 the gradient would come from the targets alone."""
    head = build(predictor=PREDICTOR, loss_channel=None)
    for parameter in head.predictor.layers[-1].parameters():
        parameter.data.zero_()
    maps = torch.rand(2, *SHAPE, requires_grad=True)
    head.loss(*maps, CODES)['loss_temporal'].backward()
    assert maps.grad.abs().max() == 0


def test_auxiliary_losses_see_psi_and_are_logged_by_name():
    auxiliary = dict(
        contrast=dict(type='InfoNCELoss'), spread=dict(type='VarianceCovarianceLoss')
    )
    head = build(auxiliary_losses=auxiliary)
    clean, noise = torch.rand(2, *SHAPE)
    losses = head.loss(clean, noise, CODES)
    assert list(losses) == [
        'loss_temporal',
        'loss_channel',
        'loss_contrast',
        'loss_spread_variance',
        'loss_spread_covariance',
    ]
    psi = [spatial_pooling(maps) for maps in (clean, invert_clips(noise, CODES))]
    expected = info_nce(*(features.flatten(1) for features in psi), symmetric=True)
    torch.testing.assert_close(losses['loss_contrast'], expected)


@pytest.mark.parametrize('pooling', ['max', 'mean', 'none'])
def test_an_auxiliary_loss_alone_is_enough(pooling):
    none = dict(loss_temporal=None, loss_channel=None, temporal_size=None)
    head = build(pooling=pooling, auxiliary_losses=AUXILIARY, **none)
    losses = head.loss(*torch.rand(2, *SHAPE), CODES)
    assert set(losses) == {
        'loss_contrast',
        'loss_spread_variance',
        'loss_spread_covariance',
    }


@pytest.mark.parametrize('off', [None, dict(type='InfoNCELoss', loss_weight=0)])
def test_an_auxiliary_loss_can_be_switched_off(off):
    losses = build(auxiliary_losses=dict(contrast=off)).loss(
        *torch.rand(2, *SHAPE), CODES
    )
    assert set(losses) == {'loss_temporal', 'loss_channel'}


def fit(steps=150, **options):
    """Train a layer on noisy clips; return how the spread of ψ has changed."""
    torch.manual_seed(0)
    head = build(in_channels=6, loss_channel=None, **options)
    encoder = torch.nn.Conv3d(3, 6, 1)
    clips = torch.rand(8, 3, 2, 4, 4)
    parameters = [*encoder.parameters(), *head.parameters()]
    optimizer = torch.optim.SGD(parameters, lr=0.3, momentum=0.9)
    spreads = []
    for _ in range(steps):
        noise = clips + 0.3 * torch.randn_like(clips)
        maps = [encoder(path) for path in (clips, noise)]
        spreads.append(channel_spread(head(*maps, [0] * 8)[0].flatten(1)).item())
        optimizer.zero_grad()
        sum(head.loss(*maps, [0] * 8).values()).backward()
        optimizer.step()
    return spreads[-1] / spreads[0]


def test_bare_consistency_collapses():
    assert fit() < 0.1


@pytest.mark.parametrize(
    'options',
    [
        dict(
            auxiliary_losses=dict(contrast=dict(type='InfoNCELoss')), loss_temporal=None
        ),
        dict(auxiliary_losses=dict(spread=dict(type='VarianceCovarianceLoss'))),
        dict(auxiliary_losses=AUXILIARY, center_time=True),
        dict(predictor=PREDICTOR),
        dict(predictor=PREDICTOR, stop_gradient='clean'),
    ],
    ids=['contrast', 'variance', 'centered', 'predictor', 'one way'],
)
def test_means_against_collapse_keep_features_apart(options):
    assert fit(**options) > 0.5


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
        (dict(predictor=dict(PREDICTOR, in_channels=12)), 'set both to 6'),
        (dict(predictor=dict(PREDICTOR, out_channels=12)), 'set both to 6'),
        (dict(predictor=PREDICTOR, loss_temporal=None), 'no loss_temporal: give one'),
        (
            dict(loss_channel=dict(type='VCOPC3D')),
            'VCOPC3D is no loss of two paths',
        ),
        (dict(auxiliary_losses=dict(temporal={})), 'named temporal: loss_temporal is'),
        (dict(auxiliary_losses=dict(channel={}, cls={})), 'named channel, cls: '),
    ],
)
def test_bad_options_are_refused_when_built(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)
