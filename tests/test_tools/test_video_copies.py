"""Copies are named after their videos, no two alike."""

import pytest
from video_copies import copy_names


def test_names_that_would_collide_are_an_error():
    assert copy_names(['a/b c.avi', 'a/d.mov']) == {
        'a/b c.avi': 'a/b_c.mp4',
        'a/d.mov': 'a/d.mp4',
    }
    assert copy_names(['a/b c.avi', 'a/b_c.mov'], None)['a/b c.avi'] == 'a/b_c.avi'
    with pytest.raises(ValueError, match=r"'a/b.avi' and 'a/b.mov' would both be named"):
        copy_names(['a/b.avi', 'a/b.mov'])
