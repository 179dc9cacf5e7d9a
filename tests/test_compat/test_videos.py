"""Videos reach decord in a way that a damaged one does not crash the process."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

decord = pytest.importorskip('decord')
from mmaction.datasets.transforms import DecordInit  # noqa: E402

import stcr_mmaction  # noqa: E402, F401  closes the gap

OPEN = """
import sys
import stcr_mmaction
from mmaction.datasets.transforms import DecordInit
try:
    print('frames', len(DecordInit()(dict(filename=sys.argv[1]))['video_reader']))
except Exception as error:
    print('error', type(error).__name__)
"""


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    """An AVI file as those of UCF101: XviD, 320x240."""
    path = tmp_path_factory.mktemp('avi') / 'video.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'XVID'), 25, (320, 240))
    rng = np.random.default_rng(0)
    for _ in range(30):
        writer.write(rng.integers(0, 256, (240, 320, 3), np.uint8))
    writer.release()
    return path


@pytest.mark.parametrize('share', [0.1, 0.5, 0.9])
def test_a_truncated_avi_gives_frames_or_an_error(video, tmp_path, share):
    whole = video.read_bytes()
    cut = tmp_path / 'cut.avi'
    cut.write_bytes(whole[: int(share * len(whole))])
    command = [sys.executable, '-c', OPEN, str(cut)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split()[0] in ('frames', 'error')


def test_the_frames_are_those_of_the_bytes(video):
    by_path = DecordInit()(dict(filename=str(video)))['video_reader']
    by_bytes = DecordInit._get_video_reader.__wrapped__(DecordInit(), str(video))
    indices = [0, 7, 29]
    assert len(by_path) == len(by_bytes) == 30
    same = by_path.get_batch(indices).asnumpy() == by_bytes.get_batch(indices).asnumpy()
    assert same.all()


def test_a_missing_file_is_told_as_before(tmp_path):
    with pytest.raises(FileNotFoundError):
        DecordInit()(dict(filename=str(tmp_path / 'gone.avi')))


def test_other_storage_is_read_as_before(video, monkeypatch):
    opened = []
    monkeypatch.setattr(decord, 'VideoReader', lambda source, **_: opened.append(source))
    init = DecordInit(io_backend='petrel')
    init.file_client = type('Client', (), dict(get=lambda self, name: b'bytes'))()
    init._get_video_reader(str(video))
    assert opened[0].read() == b'bytes'
