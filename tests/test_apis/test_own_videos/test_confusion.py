"""Accuracy of each class, and which are confused."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, balanced_accuracy_score

from stcr_mmaction.apis.own_videos.confusion import confusion


def draw(classes, size=300):
    generator = np.random.default_rng(0)
    labels = generator.integers(classes, size=size)
    wrong = generator.integers(classes, size=size)
    return labels, np.where(generator.random(size) < 0.6, labels, wrong)


@pytest.mark.parametrize('classes', [2, 30])
def test_figures_are_those_of_sklearn(classes):
    names = [f'class {n}' for n in range(classes)]
    labels, predictions = draw(classes)
    section = confusion(names, labels, predictions)
    assert f'recognized: {accuracy_score(labels, predictions):.1%}.' in section.text
    assert f'is {balanced_accuracy_score(labels, predictions):.1%}.' in section.text
    ((picture, _),) = section.pictures
    assert picture.startswith(b'\x89PNG')
    head, *rows = section.table
    assert head == ['class', 'videos', 'recognized']
    shares = [float(share.rstrip('%')) for _, _, share in rows]
    assert shares == sorted(shares)
    for name, count, share in rows:
        of_class = predictions[labels == names.index(name)] == names.index(name)
        assert (count, share) == (str(len(of_class)), f'{of_class.mean():.1%}')


def test_a_class_without_videos_has_no_accuracy_and_comes_last():
    section = confusion(['a', 'b', 'c'], [0, 2, 2], [1, 2, 2])
    assert section.table[1:] == [
        ['a', '1', '0.0%'],
        ['c', '2', '100.0%'],
        ['b', '0', 'no videos'],
    ]
    assert 'recognized: 66.7%' in section.text
    assert 'is 50.0%' in section.text


def test_of_many_classes_the_pairs_are_listed_that_are_confused_most():
    names = [f'class {n}' for n in range(31)]
    labels = [*range(31), 3, 3, 5]
    predictions = [*range(31), 4, 4, 6]
    section = confusion(names, labels, predictions)
    assert not section.pictures
    assert section.table == [
        ['class', 'taken for', 'videos'],
        ['class 3', 'class 4', '2 of 3'],
        ['class 5', 'class 6', '1 of 2'],
    ]


def test_names_are_no_formulas():
    confusion(['a$b', r'$\frac$', '_c^'], [0, 1, 2], [0, 1, 2])  # drawn as they are


def test_no_videos_are_no_section():
    assert confusion(['a', 'b'], [], []) is None
