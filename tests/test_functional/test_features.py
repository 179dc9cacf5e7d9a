"""Vectors of feature maps."""

import pytest
import torch

from stcr_mmaction.functional import pool_features


@pytest.mark.parametrize(
    ('pooling', 'expected'),
    [
        ('mean', lambda maps: [c.mean() for c in maps]),
        ('temporal', lambda maps: [t.mean() for c in maps for t in c]),
        (
            'max2x2',
            lambda maps: [
                t[h : h + 2, w : w + 2].max()
                for c in maps
                for t in c
                for h in (0, 2)
                for w in (0, 2, 4)
            ],
        ),
    ],
)
def test_pooling_is_a_loop(pooling, expected):
    maps = torch.randn(2, 3, 4, 5, 6)
    found = pool_features(maps, pooling)
    for features, video in zip(found, maps, strict=True):
        torch.testing.assert_close(features, torch.stack(expected(video)))


def test_the_vector_of_clip_order_prediction_has_9216_numbers():
    assert pool_features(torch.rand(1, 512, 2, 7, 7), 'max2x2').shape == (1, 9216)


def test_maps_that_are_too_small():
    with pytest.raises(ValueError, match=r"'max2x2' needs maps of 2 x 2 .*got \(1, 4\)"):
        pool_features(torch.rand(1, 3, 2, 1, 4), 'max2x2')


def test_unknown_pooling():
    with pytest.raises(ValueError, match="feature_pooling must be one of .*'max'"):
        pool_features(torch.rand(1, 3, 2, 2, 2), 'max')
