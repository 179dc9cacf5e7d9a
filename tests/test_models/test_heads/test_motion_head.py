"""The head that predicts motion: what it learns from, and bad input."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.logging import MessageHub

from stcr_mmaction.functional import motion_target
from stcr_mmaction.models.heads.training_progress import (
    note_progress,
    training_progress,
)


def build(**options):
    return MODELS.build({'type': 'MotionHead', 'in_channels': 6, **options})


def test_the_loss_is_the_weighted_share_that_a_linear_layer_leaves():
    head, maps = build(loss_weight=2.0), torch.rand(3, 6, 2, 4, 4)
    clips = torch.rand(3, 3, 16, 32, 32)
    target = motion_target(clips, (2, 4, 4))
    rows = maps.movedim(1, -1).reshape(-1, 6)
    weights = head.decoder.weight.flatten(1)
    predicted = rows @ weights.T + head.decoder.bias
    target = target.movedim(1, -1).reshape(-1, 16) / target.square().mean().sqrt()
    expected = 2 * (predicted - target).square().mean()
    loss = head.loss(maps, clips)
    assert set(loss) == {'loss_motion'}
    torch.testing.assert_close(loss['loss_motion'], expected)


def test_maps_that_hold_the_motion_can_be_read():
    clips = torch.rand(8, 3, 16, 32, 32)
    maps = motion_target(clips, (2, 4, 4)) * 10
    head = build(in_channels=16)
    optimizer = torch.optim.Adam(head.parameters(), lr=0.1)
    for _ in range(200):
        optimizer.zero_grad()
        loss = head.loss(maps, clips)['loss_motion']
        loss.backward()
        optimizer.step()
    assert loss < 0.01


def test_the_gradient_reaches_the_maps():
    maps = torch.rand(2, 6, 2, 4, 4, requires_grad=True)
    build().loss(maps, torch.rand(2, 3, 16, 32, 32))['loss_motion'].backward()
    assert maps.grad.abs().sum() > 0


@pytest.fixture
def hub():
    hub = MessageHub.get_instance('training')
    yield hub
    hub.runtime_info.clear()


@pytest.mark.parametrize(
    ('passed', 'share'), [(0, 0), (30, 0), (45, 0.5), (60, 1), (99, 1)]
)
def test_consistency_begins_to_count_between_two_shares_of_the_training(
    passed, share, hub
):
    note_progress(passed, 100)
    assert build(first=(0.3, 0.6)).consistency_share == pytest.approx(share)


def test_consistency_counts_as_it_is_without_first():
    assert build().consistency_share is None


def test_outside_a_training_consistency_counts(hub):
    assert training_progress() == 1


@pytest.mark.parametrize(
    'first', [0.5, (0.3,), (0.6, 0.3), (0.3, 0.3), (-0.1, 1), (0, 2)]
)
def test_shares_that_do_not_rise_are_refused(first):
    with pytest.raises(ValueError, match='first of MotionHead'):
        build(first=first)


@pytest.mark.parametrize('steps', [(4, 2), (4, 2, 0)])
def test_steps_that_are_no_three_counts_are_refused(steps):
    with pytest.raises(ValueError, match='three counts'):
        build(steps=steps)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match='loss_weight'):
        build(loss_weight=-1)
