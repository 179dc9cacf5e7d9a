"""decord's reader: frames of many clips, each decoded once."""

import decord
import numpy as np
import pytest

from stcr_mmaction.videos.decord_reader import DecordReader
from tests.numbered_videos import numbers, write_numbered


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    return str(write_numbered(tmp_path_factory.mktemp('videos') / 'h264.mp4'))


@pytest.mark.parametrize(
    'asked',
    [range(0, 60, 3), [0, 4, 8, 2, 6, 10, 4, 8, 12], [99, 0, 50], [7, 7, 7], [-1, 3]],
    ids=['one clip', 'clips that overlap', 'backward', 'one frame', 'from the end'],
)
def test_frames_come_as_they_are_asked_for(video, asked):
    frames = DecordReader(video, num_threads=1).get_batch(np.array(asked)).asnumpy()
    assert numbers(frames) == [index % 100 for index in asked]


def test_decord_is_asked_in_the_order_of_the_file(video, monkeypatch):
    wanted, read = [], decord.VideoReader.get_batch

    def note(self, indices):
        wanted.extend(indices)
        return read(self, indices)

    monkeypatch.setattr(decord.VideoReader, 'get_batch', note)
    DecordReader(video, num_threads=1).get_batch([10, 20, 30, 15, 20, 25])
    assert wanted == [10, 15, 20, 25, 30]
