"""Spread and effective rank of features that are known."""

import pytest
import torch

from stcr_mmaction.functional import channel_spread, effective_rank


def test_spread_is_the_mean_standard_deviation_of_a_channel():
    features = torch.tensor([[1.0, 0.0], [3.0, 0.0], [1.0, 4.0], [3.0, 4.0]])
    assert channel_spread(features).item() == pytest.approx((1 + 2) / 2)


@pytest.mark.parametrize('figure', [channel_spread, effective_rank])
def test_collapsed_features_have_none(figure):
    same = torch.rand(1, 8).expand(32, 8)
    assert figure(same).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize('rank', [1, 2, 5])
def test_rank_counts_directions_of_equal_strength(rank):
    axes = torch.linalg.qr(torch.randn(16, rank))[0].T
    features = torch.cat([axes, -axes]) + 7  # the offset is no direction
    assert effective_rank(features).item() == pytest.approx(rank, rel=1e-4)


def test_rank_lies_between_one_and_what_the_samples_allow():
    features = torch.randn(10, 64)
    assert 1 < effective_rank(features) <= 9 + 1e-6


def test_rank_does_not_depend_on_scale_spread_does():
    features = torch.randn(20, 6)
    torch.testing.assert_close(effective_rank(3 * features), effective_rank(features))
    torch.testing.assert_close(channel_spread(3 * features), 3 * channel_spread(features))
