"""How a line of an annotation list is read."""

import pytest

from stcr_mmaction.datasets.annotations import parse_line


@pytest.mark.parametrize(
    ('line', 'expected'),
    [
        ('a/b.mp4 3', ('a/b.mp4', 3)),
        ('  a/b.mp4   3\n', ('a/b.mp4', 3)),
        ('a/b.mp4 -1', ('a/b.mp4', -1)),
        ('my first clip.mp4 0', ('my first clip.mp4', 0)),
        ('my first clip.mp4', ('my first clip.mp4', None)),
        ('a/b.mp4', ('a/b.mp4', None)),
        ('7', ('7', None)),
        ('a/b.mp4 one', ('a/b.mp4 one', None)),
        ('a/b.mp4 1.0', ('a/b.mp4 1.0', None)),
        ('a/b.mp4 1_0', ('a/b.mp4 1_0', None)),
    ],
)
def test_only_an_integer_behind_the_last_delimiter_is_a_label(line, expected):
    assert parse_line(line) == expected


def test_another_delimiter():
    assert parse_line('my clip.mp4, 2', ',') == ('my clip.mp4', 2)
    assert parse_line('my clip 2.mp4', ',') == ('my clip 2.mp4', None)
