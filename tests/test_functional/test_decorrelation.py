"""The variance and covariance terms against numpy and their laws."""

import numpy as np
import pytest
import torch

from stcr_mmaction.functional import covariance_penalty, variance_hinge


@pytest.fixture
def features():
    return torch.randn(9, 4).double() * torch.tensor([0.1, 0.5, 1, 3]).double()


@pytest.mark.parametrize('target', [0.7, 2.0])
def test_variance_hinge_is_the_formula(features, target):
    deviations = np.sqrt(np.var(features.numpy(), axis=0, ddof=1) + 1e-4)
    expected = np.maximum(target - deviations, 0).mean()
    assert variance_hinge(features, target).item() == pytest.approx(expected)


def test_covariance_penalty_is_the_formula(features):
    covariance = np.cov(features.numpy(), rowvar=False)
    expected = sum(covariance[i, j] ** 2 for i in range(4) for j in range(4) if i != j)
    assert covariance_penalty(features).item() == pytest.approx(expected / 4)


def test_variance_hinge_lies_between_collapse_and_its_target(features):
    collapsed = torch.full((9, 4), 5.0)
    assert variance_hinge(collapsed, 2.0).item() == pytest.approx(2 - 1e-2)
    spread = features / features.std(dim=0) * 2.1
    assert variance_hinge(spread, 2.0) == 0


def test_decorrelated_dimensions_cost_nothing(features):
    centered = features - features.mean(dim=0)
    whitened = torch.linalg.qr(centered).Q
    assert covariance_penalty(whitened) < 1e-20
    twice = torch.cat((features, features), dim=1)
    assert covariance_penalty(twice) > 0.1


@pytest.mark.parametrize('term', [variance_hinge, covariance_penalty])
def test_order_and_offset_do_not_matter(features, term):
    moved = features[torch.randperm(9)] + torch.randn(4).double()
    torch.testing.assert_close(term(moved), term(features))


def test_descending_the_hinge_spreads_what_is_nearly_collapsed():
    features = 5 + 1e-2 * torch.randn(9, 4).double()
    features.requires_grad_()
    variance_hinge(features).backward()
    moved = (features - features.grad).detach()
    assert (moved.std(dim=0) > 2 * features.detach().std(dim=0)).all()


@pytest.mark.parametrize('term', [variance_hinge, covariance_penalty])
def test_gradient(features, term):
    assert torch.autograd.gradcheck(term, features.requires_grad_())


@pytest.mark.parametrize('term', [variance_hinge, covariance_penalty])
@pytest.mark.parametrize('shape', [(1, 4), (4,), (2, 3, 4)])
def test_one_clip_has_no_variance(term, shape):
    with pytest.raises(ValueError, match='EvenBatchSampler'):
        term(torch.rand(shape))


def test_target_must_be_positive(features):
    with pytest.raises(ValueError, match='target_std must be above 0'):
        variance_hinge(features, target_std=0)
