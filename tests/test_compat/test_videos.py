"""The stock steps give the frames that were asked for, or say why they do not."""

import io
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
from mmaction.datasets.transforms import DecordInit

from stcr_mmaction.datasets import CheckedVideoDataset
from stcr_mmaction.videos import InOrderReader, reader

from ..numbered_videos import KINDS, NUM_FRAMES, SOUND, numbers, write_numbered

decord = pytest.importorskip('decord')


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    """Return the function that writes a file of a kind, once."""
    folder = tmp_path_factory.mktemp('videos')

    def write(kind):
        path = folder / kind
        return path if path.is_file() else write_numbered(folder / kind)

    return write


def clips(path, tmp_path, init, decode):
    """Return the indices that SampleFrames asks for, and the frames of a data set."""
    (tmp_path / 'list.txt').write_text(f'{path.name} 0\n')
    sampling = dict(clip_len=8, frame_interval=2, num_clips=6, test_mode=True)
    sample = CheckedVideoDataset(
        ann_file=str(tmp_path / 'list.txt'),
        data_prefix=dict(video=str(path.parent)),
        pipeline=[init, dict(type='SampleFrames', **sampling), decode],
        test_mode=True,
    )[0]
    return sample['frame_inds'].tolist(), sample


@pytest.mark.parametrize('mode', ['accurate', 'efficient'])
@pytest.mark.parametrize('kind', KINDS)
def test_clips_hold_the_frames_asked_for(kind, mode, video, tmp_path):
    decode = dict(type='DecordDecode', mode=mode)
    asked, sample = clips(video(kind), tmp_path, dict(type='DecordInit'), decode)
    assert sample['total_frames'] == NUM_FRAMES
    assert sample['avg_fps'] == pytest.approx(25)
    if mode == 'accurate' or kind not in SOUND:  # 'efficient' means key frames in decord
        assert numbers(sample['imgs']) == asked


@pytest.mark.parametrize('kind', KINDS)
def test_the_last_frames_are_right(kind, video):
    opened = DecordInit()(dict(filename=str(video(kind))))['video_reader']
    for index in range(NUM_FRAMES - 1, NUM_FRAMES - 6, -1):
        assert numbers(opened.get_batch([index]).asnumpy()) == [index]


@pytest.mark.parametrize('kind', ['h264.mp4', 'mpeg4_b_frames.avi'])
def test_other_storage_is_read_as_well(kind, video):
    init = DecordInit(io_backend='petrel')
    held = video(kind).read_bytes()
    init.file_client = type('Client', (), dict(get=lambda self, name: held))()
    opened = init._get_video_reader(f's3://{kind}')
    assert isinstance(opened, InOrderReader) == (kind not in SOUND)
    assert numbers(opened.get_batch([90, 7, 51]).asnumpy()) == [90, 7, 51]
    held = b'damaged'
    with pytest.raises(ValueError, match=f"'s3://{kind}' cannot be opened as a video"):
        init._get_video_reader(f's3://{kind}')


def test_one_line_tells_of_all_such_files(video, caplog, monkeypatch):
    monkeypatch.setattr(reader, 'READ_IN_ORDER', [])
    for kind in ('h264.mp4', 'wmv1.wmv', 'mpeg1.mpg'):
        DecordInit()(dict(filename=str(video(kind))))
    (told,) = reader.READ_IN_ORDER
    assert 'wmv1.wmv' in told
    assert 'wmv1 in asf' in told


def test_what_decord_cannot_open_is_read_in_order(video, monkeypatch):
    def fail(*args, **kwargs):
        raise decord.DECORDError('cannot find video stream with wanted index: -1')

    monkeypatch.setattr(decord.VideoReader, '__init__', fail)
    opened = DecordInit()(dict(filename=str(video('h264.mp4'))))['video_reader']
    assert numbers(opened.get_batch([9, 90]).asnumpy()) == [9, 90]


def test_widths_that_decord2_cannot_hand_over_are_told(video, monkeypatch):
    def fail(*args):
        raise decord.DECORDError('Check failed: The size must exactly match')

    opened = DecordInit()(dict(filename=str(video('h264.mp4'))))['video_reader']
    monkeypatch.setattr(decord.VideoReader, 'get_batch', fail)
    monkeypatch.setattr(decord.VideoReader, 'next', lambda self: np.zeros((4, 48, 4)))
    for read in (lambda: opened.get_batch([1]), opened.next):
        with pytest.raises(RuntimeError, match="h264.mp4' has a width that decord"):
            read()


def read_both_ends(path):
    """Return how many frames there are, or which error."""
    try:
        opened = DecordInit()(dict(filename=str(path)))['video_reader']
        opened.get_batch([len(opened) - 1, 0])
        return len(opened)
    except Exception as error:
        return type(error).__name__


def test_truncated_avis_give_frames_or_an_error(video, tmp_path):
    """In a process of its own, which a decoder may crash."""
    paths = []
    for kind in ('xvid.avi', 'mpeg4_b_frames.avi'):
        whole = video(kind).read_bytes()
        for share in (0.1, 0.5, 0.9):
            paths.append(tmp_path / f'{share}_{kind}')
            paths[-1].write_bytes(whole[: int(share * len(whole))])
    with ProcessPoolExecutor(1, mp_context=get_context('fork')) as process:
        assert all(process.map(read_both_ends, paths))


def test_the_frames_are_those_of_decord(video):
    path = str(video('h264.mp4'))
    ours = DecordInit()(dict(filename=path))['video_reader']
    with open(path, 'rb') as file:
        stock = decord.VideoReader(io.BytesIO(file.read()), num_threads=1)
    for other in (stock, InOrderReader(path)):
        frames = [r.get_batch([0, 7, 29]).asnumpy().astype(int) for r in (ours, other)]
        assert np.abs(frames[0] - frames[1]).mean() < 1


def test_a_missing_file_is_told_as_before(tmp_path):
    with pytest.raises(FileNotFoundError):
        DecordInit()(dict(filename=str(tmp_path / 'gone.avi')))


@pytest.mark.parametrize('kind', KINDS)
def test_pyav_counts_the_frames(kind, video, tmp_path):
    steps = dict(type='PyAVInit'), dict(type='PyAVDecode')
    asked, sample = clips(video(kind), tmp_path, *steps)
    assert sample['total_frames'] == NUM_FRAMES
    assert numbers(sample['imgs']) == asked


@pytest.mark.parametrize('kind', KINDS)
def test_opencv_finds_them_or_refuses(kind, video, tmp_path):
    steps = dict(type='OpenCVInit'), dict(type='OpenCVDecode')
    if kind not in SOUND:
        with pytest.raises(RuntimeError, match=f'{kind}.*use DecordInit'):
            clips(video(kind), tmp_path, *steps)
        return
    asked, sample = clips(video(kind), tmp_path, *steps)
    assert numbers(sample['imgs']) == asked
