"""The consistency score of networks whose equivariance is known."""

import pytest
import torch
import torch.nn.functional as F

from stcr_mmaction.functional import (
    NUM_CODES,
    invert_clips,
    transform_clips,
    transformation_consistency,
)

CODES = range(NUM_CODES)


def pointwise(clips):
    """No place knows of another one."""
    mixed = torch.einsum('nc...,dc->nd...', clips, (torch.eye(5, 3) - 0.3).to(clips))
    return torch.tanh(mixed)


def pooled(clips):
    """Even sizes are pooled alike from both ends."""
    return F.avg_pool3d(pointwise(clips), 2)


def with_direction(clips):
    """Sees what comes from the left and from the past."""
    return clips - 0.9 * clips.roll((1, 1), dims=(2, 4))


def undone(network, clip, codes=CODES):
    maps = network(transform_clips(clip.expand(NUM_CODES, *clip.shape), CODES))
    return invert_clips(maps, codes)[None]


@pytest.fixture
def clip():
    return torch.rand(3, 4, 8, 8, dtype=torch.float64)


@pytest.mark.parametrize('network', [pointwise, pooled])
def test_an_equivariant_network_has_one(network, clip):
    torch.testing.assert_close(
        transformation_consistency(undone(network, clip)),
        torch.ones(1, dtype=torch.float64),
    )


@pytest.mark.parametrize(
    'wrong',
    [
        [0] * NUM_CODES,  # nothing is undone
        CODES[::-1],
        [(code + 1) % NUM_CODES for code in CODES],
        [code % 8 for code in CODES],  # time is not flipped back
    ],
)
def test_it_falls_if_other_transformations_are_undone(clip, wrong):
    assert transformation_consistency(undone(pooled, clip, wrong)) < 0.8


def test_it_falls_with_one_wrong_code_of_all(clip):
    codes = [*CODES[:-1], 3]
    assert 0.8 < transformation_consistency(undone(pooled, clip, codes)) < 0.99


def test_a_network_with_a_sense_of_direction_has_less(clip):
    score = transformation_consistency(undone(with_direction, clip))
    assert 0.1 < score < 0.9


def test_maps_without_anything_in_common_are_at_chance():
    maps = torch.randn(20, NUM_CODES, 8, 4, 4, 4)
    score = transformation_consistency(maps).mean()
    assert score.item() == pytest.approx(1 / NUM_CODES, rel=0.05)


def test_it_is_the_share_of_variance_by_the_book():
    maps = torch.randn(2, 3, 4, 2, 3, 3) + 1
    for score, clip in zip(transformation_consistency(maps), maps.double(), strict=True):
        within = sum(clip[:, c].var(0, correction=0).mean() for c in range(4))
        total = sum(clip[:, c].var(correction=0) for c in range(4))
        assert score == pytest.approx(float(1 - within / total))


def test_scale_and_offset_do_not_matter():
    maps = torch.randn(2, 4, 3, 2, 3, 3, dtype=torch.float64)
    offset = torch.randn(3, 1, 1, 1)
    torch.testing.assert_close(
        transformation_consistency(5 * maps + offset), transformation_consistency(maps)
    )


def test_constant_maps_say_nothing():
    assert transformation_consistency(torch.ones(1, 4, 3, 2, 2, 2)).isnan().all()


@pytest.mark.parametrize('shape', [(2, 1, 3, 2, 2, 2), (16, 3, 2, 2, 2)])
def test_what_is_no_set_of_codes_is_refused(shape):
    with pytest.raises(ValueError, match='K >= 2'):
        transformation_consistency(torch.rand(shape))
