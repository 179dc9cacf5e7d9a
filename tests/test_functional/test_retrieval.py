"""Neighbors, retrieval and votes against loops over queries."""

import math
from collections import defaultdict

import pytest
import torch

from stcr_mmaction.functional import (
    nearest_neighbors,
    neighbor_vote,
    retrieval_accuracy,
)


def cosine(a, b):
    return float(a @ b / (a.norm() * b.norm()))


def loop_neighbors(queries, gallery, k, exclude_self):
    """Rank the gallery for each query by itself."""
    found = []
    for number, query in enumerate(queries):
        others = [g for g in range(len(gallery)) if not (exclude_self and g == number)]
        others.sort(key=lambda g: cosine(query, gallery[g]), reverse=True)
        found.append(others[:k])
    return torch.tensor(found)


@pytest.fixture
def features():
    return torch.randn(14, 5, dtype=torch.double)


@pytest.mark.parametrize('k', [1, 3, 6])
@pytest.mark.parametrize('chunk_size', [1, 3, 1024])
def test_neighbors_in_a_gallery_are_those_of_a_loop(features, k, chunk_size):
    queries, gallery = features[:8], features[8:]
    similarities, indices = nearest_neighbors(queries, gallery, k, False, chunk_size)
    assert torch.equal(indices, loop_neighbors(queries, gallery, k, False))
    expected = [
        [cosine(query, gallery[g]) for g in row]
        for query, row in zip(queries, indices, strict=True)
    ]
    torch.testing.assert_close(similarities, torch.tensor(expected).double())


@pytest.mark.parametrize('chunk_size', [1, 5, 1024])
def test_nobody_is_a_neighbor_of_itself(features, chunk_size):
    _, indices = nearest_neighbors(features, features, 13, True, chunk_size)
    assert torch.equal(indices, loop_neighbors(features, features, 13, True))


def test_lengths_do_not_matter(features):
    lengths = torch.rand(14, 1).double() + 0.1
    _, expected = nearest_neighbors(features, features, 4, exclude_self=True)
    _, indices = nearest_neighbors(features * lengths, 7 * features, 4, exclude_self=True)
    assert torch.equal(indices, expected)


def test_a_feature_of_nothing_is_as_far_from_all(features):
    features[3] = 0
    similarities, _ = nearest_neighbors(features, features, 2, exclude_self=True)
    assert torch.equal(similarities[3], torch.zeros(2).double())
    assert similarities.isfinite().all()


@pytest.mark.parametrize(
    ('k', 'exclude_self', 'most'), [(0, False, 14), (15, False, 14), (14, True, 13)]
)
def test_more_neighbors_than_there_are(features, k, exclude_self, most):
    with pytest.raises(ValueError, match=f'1 to {most} neighbors, asked for k={k}'):
        nearest_neighbors(features, features, k, exclude_self)


def test_leaving_oneself_out_of_another_set(features):
    with pytest.raises(ValueError, match='3 queries and a gallery of 14'):
        nearest_neighbors(features[:3], features, 1, exclude_self=True)


def test_retrieval_counts_queries_with_any_hit():
    labels = torch.tensor([0, 1, 2, 3])
    neighbors = torch.tensor([[0, 1, 1], [0, 1, 1], [0, 1, 2], [0, 1, 2]])
    hits = [retrieval_accuracy(neighbors[:, :k], labels).item() for k in (1, 2, 3)]
    assert hits == [0.25, 0.5, 0.75]


def test_a_vote_weighs_as_in_a_loop():
    similarities = torch.rand(20, 6).double()
    labels = torch.randint(3, (20, 6))
    expected = []
    for row, classes in zip(similarities, labels, strict=True):
        votes = defaultdict(float)
        for similarity, label in zip(row.tolist(), classes.tolist(), strict=True):
            votes[label] += math.exp(similarity / 0.2)
        expected.append(max(votes, key=votes.get))
    voted = neighbor_vote(similarities, labels, temperature=0.2)
    assert voted.tolist() == expected


def test_the_temperature_leads_from_the_nearest_to_the_majority():
    similarities = torch.tensor([[0.9, 0.8, 0.7]])
    labels = torch.tensor([[2, 1, 1]])
    assert neighbor_vote(similarities, labels, temperature=1e-4).tolist() == [2]
    assert neighbor_vote(similarities, labels, temperature=1e4).tolist() == [1]
