"""Comparing weights by name and shape."""

import pytest
import torch

from stcr_mmaction.functional.matching import match_tensors, of_part, some


def weights(**sizes):
    return {name.replace('__', '.'): torch.zeros(size) for name, size in sizes.items()}


def test_every_tensor_is_of_one_kind():
    model = weights(a__x=1, a__y=2, b__x=3)
    checkpoint = weights(a__x=1, a__y=5, c__x=3)
    match = match_tensors(model, checkpoint)
    assert match.matched == ['a.x']
    assert match.missing == ['b.x']
    assert match.unexpected == ['c.x']
    assert match.reshaped == ['a.y ((5,) in the checkpoint, (2,) in the model)']
    assert match.share == 1 / 4
    assert str(match) == (
        '1 of 4 tensors match, 1 not in the checkpoint, 1 not in the model, '
        '1 of another shape'
    )
    for example in ('not in the checkpoint: b.x', 'not in the model: c.x', 'a.y ((5,)'):
        assert example in match.examples()


@pytest.mark.parametrize('side', ['model', 'checkpoint'])
def test_what_is_on_one_side_alone_lowers_the_share(side):
    sides = dict(model=weights(x=1, y=1, z=1), checkpoint=weights(x=1, y=1, z=1))
    assert match_tensors(**sides).share == 1
    del sides[side]['z']
    assert match_tensors(**sides).share == 2 / 3


def test_counters_and_what_is_no_tensor_do_not_count():
    model = weights(bn__weight=2, bn__num_batches_tracked=())
    match = match_tensors(model, {'bn.weight': torch.ones(2), 'meta': 'text'})
    assert (match.share, len(match.matched)) == (1, 1)


def test_nothing_to_match_matches():
    assert match_tensors({}, {}).share == 1


def test_a_part_is_a_whole_word():
    names = weights(backbone__x=1, backbone2__x=1, head__backbone=1)
    assert list(of_part(names, 'backbone')) == ['backbone.x']


def test_long_lists_are_cut():
    assert some(list('abc'), 3) == 'a, b, c'
    assert some(list('abcd'), 3) == 'a, b, c and 1 more'
