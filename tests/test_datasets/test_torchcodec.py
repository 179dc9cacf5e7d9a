"""TorchCodec gives the same frames as decord, with the same guarantees."""

import sys

import numpy as np
import pytest
from mmengine.dataset import Compose

from stcr_mmaction.datasets import TorchCodecInit
from stcr_mmaction.videos import InOrderReader, torchcodec_reader

from ..numbered_videos import (
    HEIGHT,
    KINDS,
    NUM_FRAMES,
    SOUND,
    WIDTH,
    numbers,
    write_numbered,
)

SAMPLING = dict(type='SampleFrames', clip_len=8, frame_interval=2, num_clips=4)
STEPS = [
    dict(type='TorchCodecInit'),
    dict(SAMPLING, test_mode=True),
    dict(type='TorchCodecDecode'),
]


@pytest.fixture
def torchcodec():
    try:
        return torchcodec_reader.import_torchcodec()
    except ImportError as error:
        pytest.skip(f'TorchCodec does not work here: {error}')


@pytest.mark.parametrize('kind', KINDS)
def test_clips_hold_the_frames_asked_for(kind, torchcodec, tmp_path):
    path = str(write_numbered(tmp_path / kind))
    results = Compose(STEPS)(dict(filename=path, start_index=0))
    assert results['total_frames'] == NUM_FRAMES
    assert results['avg_fps'] == pytest.approx(25)
    assert numbers(results['imgs']) == results['frame_inds'].tolist()
    assert results['imgs'][0].shape == (HEIGHT, WIDTH, 3)
    assert {frame.dtype for frame in results['imgs']} == {np.dtype('uint8')}
    assert results['original_shape'] == results['img_shape'] == (HEIGHT, WIDTH)
    reader = TorchCodecInit()._get_video_reader(path)
    assert isinstance(reader, InOrderReader) == (kind not in SOUND)


def test_frames_that_cannot_be_decoded_are_named(torchcodec, tmp_path):
    path = str(write_numbered(tmp_path / 'h264.mp4'))
    reader = TorchCodecInit()._get_video_reader(path)
    with pytest.raises(RuntimeError, match="cannot decode video .*h264.mp4'"):
        reader.get_batch([NUM_FRAMES])


def test_what_is_no_video_is_named(torchcodec, tmp_path):
    (tmp_path / 'odd.mp4').write_bytes(b'no video')
    with pytest.raises(ValueError, match="odd.mp4' cannot be opened"):
        TorchCodecInit()._get_video_reader(str(tmp_path / 'odd.mp4'))


def test_without_it_the_build_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, 'torchcodec', None)
    with pytest.raises(ImportError, match='the package torchcodec in the version'):
        TorchCodecInit()
