"""Frames that are read from the first one on."""

import numpy as np
import pytest

from stcr_mmaction.videos import InOrderReader, count_frames

from ..numbered_videos import HEIGHT, NUM_FRAMES, WIDTH, numbers, write_numbered


@pytest.fixture(scope='module')
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp('videos')
    return InOrderReader(str(write_numbered(folder / 'mpeg4_b_frames.avi')))


@pytest.mark.parametrize(
    'asked', [[0], [99], [5, 6, 7], [70, 3, 3, 99, 0], [-1, -100], np.arange(99, -1, -9)]
)
def test_any_frames_in_any_order(reader, asked):
    frames = reader.get_batch(asked).asnumpy()
    assert type(frames) is np.ndarray
    assert frames.shape == (len(asked), HEIGHT, WIDTH, 3)
    assert frames.dtype == np.uint8
    assert numbers(frames) == [index % NUM_FRAMES for index in asked]


def test_frame_by_frame(reader):
    reader.seek(97)
    found = [reader.next().asnumpy() for _ in range(3)]
    assert numbers(found) == [97, 98, 99]
    with pytest.raises(StopIteration):
        reader.next()
    reader.seek_accurate(4)
    assert numbers([reader.next(), reader[50]]) == [4, 50]


def test_what_the_file_tells(reader):
    assert len(reader) == NUM_FRAMES
    assert reader.get_avg_fps() == 25


@pytest.mark.parametrize('asked', [[100], [0, -101]])
def test_frames_that_are_not_there(reader, asked):
    with pytest.raises(IndexError, match=r"frames.avi' has frames 0 to 99"):
        reader.get_batch(asked)


def test_frames_are_counted(tmp_path):
    assert count_frames(str(write_numbered(tmp_path / 'mpeg2.ts', 30))) == 30
