"""InfoNCE against its formula and its laws."""

import math

import pytest
import torch

from stcr_mmaction.functional import info_nce


@pytest.fixture
def paths():
    return torch.randn(2, 5, 7).double()


@pytest.fixture
def negatives():
    return torch.randn(5, 3, 7).double()


def loop_info_nce(query, key, temperature, negatives=None):
    def likeness(a, b):
        return math.exp(torch.cosine_similarity(a, b, dim=0).item() / temperature)

    total = 0.0
    for n, q in enumerate(query):
        others = list(key) + ([] if negatives is None else list(negatives[n]))
        total -= math.log(likeness(q, key[n]) / sum(likeness(q, o) for o in others))
    return total / len(query)


@pytest.mark.parametrize('temperature', [0.1, 1.0])
@pytest.mark.parametrize('more', [False, True])
def test_it_is_the_formula(paths, negatives, temperature, more):
    negatives = negatives if more else None
    query, key = paths
    there = loop_info_nce(query, key, temperature, negatives)
    back = loop_info_nce(key, query, temperature, negatives)
    loss = info_nce(query, key, temperature, negatives)
    assert loss.item() == pytest.approx(there)
    both = info_nce(query, key, temperature, negatives, symmetric=True)
    assert both.item() == pytest.approx((there + back) / 2)


def test_order_of_clips_and_length_of_features_do_not_matter(paths, negatives):
    expected = info_nce(*paths, negatives=negatives)
    order = torch.randperm(5)
    shuffled = info_nce(*paths[:, order], negatives=negatives[order])
    torch.testing.assert_close(shuffled, expected)
    lengths = torch.rand(2, 5, 1).double() + 0.1
    scaled = info_nce(*(lengths * paths), negatives=3 * negatives)
    torch.testing.assert_close(scaled, expected)


def test_it_falls_from_the_collapsed_to_the_matching(negatives):
    same = torch.ones(5, 7).double()
    assert info_nce(same, same).item() == pytest.approx(math.log(5))
    more = same[:, None].expand_as(negatives)
    assert info_nce(same, same, negatives=more).item() == pytest.approx(math.log(8))
    apart = torch.eye(5).double()
    assert info_nce(apart, apart) < 1e-3


def test_its_gradient_leads_away_from_collapse():
    """A small difference between clips grows, since collapse is no minimum."""
    features = 1 + 1e-2 * torch.randn(5, 7).double()
    features.requires_grad_()
    info_nce(features, features).backward()
    moved = (features - features.grad).detach()
    assert moved.std(dim=0).mean() > 1.01 * features.detach().std(dim=0).mean()


def test_gradient(paths, negatives):
    inputs = [x.requires_grad_() for x in (*paths.clone(), negatives)]
    assert torch.autograd.gradcheck(
        lambda q, k, n: info_nce(q, k, 0.5, n, symmetric=True), inputs
    )


@pytest.mark.parametrize('length', [0.0, 1e-9])
def test_a_feature_without_direction_has_no_gradient(paths, length):
    """Otherwise one still clip, centered in time, would throw the network."""
    query, key = paths
    query[2] *= length
    query.requires_grad_()
    info_nce(query, key, symmetric=True).backward()
    assert query.grad[2].abs().max() == 0
    assert query.grad[1].abs().max() > 0


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(temperature=0), 'temperature must be above 0'),
        (dict(key=torch.rand(4, 7)), r'one shape, got \(5, 7\) and \(4, 7\)'),
        (dict(negatives=torch.rand(5, 7)), r'\(5, M, 7\), .*got \(5, 7\)'),
        (dict(negatives=torch.rand(4, 3, 7)), r'\(5, M, 7\), .*got \(4, 3, 7\)'),
        (dict(negatives=torch.rand(5, 3, 6)), r'\(5, M, 7\), .*got \(5, 3, 6\)'),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError, match=message):
        info_nce(**{**dict(query=torch.rand(5, 7), key=torch.rand(5, 7)), **options})
