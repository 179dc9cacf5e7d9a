"""Copies hold the frames of their source, whatever it is made of."""

import os
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

decord = pytest.importorskip('decord')

from stcr_mmaction.videos import copies, copy_small, read_frames  # noqa: E402
from stcr_mmaction.videos.copies import frame_rate, small_size  # noqa: E402

from ..numbered_videos import SOME_KINDS, number_of, write_numbered  # noqa: E402


def numbers(path: Path) -> list[int]:
    """Read every frame's number by random access, backwards."""
    reader = decord.VideoReader(str(path), num_threads=1)
    places = reversed(range(len(reader)))
    return [number_of(reader.get_batch([i]).asnumpy()[0]) for i in places][::-1]


@pytest.mark.parametrize('name', SOME_KINDS)
def test_a_copy_has_exactly_the_frames_in_order(tmp_path, name):
    write_numbered(tmp_path / name, length=50)
    copy = tmp_path / 'copies' / 'copy.mp4'
    copy_small(copy, tmp_path / name, 64)
    assert numbers(copy) == list(range(50))
    reader = decord.VideoReader(str(copy))
    assert reader[0].shape == (64, 106, 3)
    assert list(copy.parent.iterdir()) == [copy]


def write(path: Path, frames: list[np.ndarray], rate: int = 25, **options) -> None:
    with av.open(str(path), 'w') as container:
        stream = container.add_stream('libx264', rate=rate, options=options)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = 'yuv420p'
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, 'rgb24')))
        container.mux(stream.encode(None))


@pytest.mark.parametrize('size', [(64, 80), (240, 320), (97, 131)])
def test_colors_stay(tmp_path, size):
    colors = np.array([(200, 30, 60), (20, 160, 90), (50, 70, 210), (128, 128, 128)])
    frame = np.ones((*size, 3), np.uint8)
    source = tmp_path / 'video.avi'
    writer = cv2.VideoWriter(str(source), cv2.VideoWriter.fourcc(*'MJPG'), 25, size[::-1])
    for color in colors:
        writer.write((frame * color[::-1]).astype(np.uint8))
    writer.release()
    copy_small(tmp_path / 'copy.mp4', source, 64)
    for kind in (source, tmp_path / 'copy.mp4'):
        found = decord.VideoReader(str(kind)).get_batch(range(4)).asnumpy().mean((1, 2))
        # Two conversions to YUV and back cost a color up to 3 of 255 steps.
        assert np.abs(found - colors).max() < 4, kind


@pytest.mark.parametrize('rate', [10, 25, 30, 120])
def test_the_frame_rate_stays(tmp_path, rate):
    frames = [np.full((64, 80, 3), 9 * n, np.uint8) for n in range(5)]
    write(tmp_path / 'video.mp4', frames, rate)
    copy_small(tmp_path / 'copy.mp4', tmp_path / 'video.mp4', 64)
    assert frame_rate(tmp_path / 'copy.mp4') == rate
    assert decord.VideoReader(str(tmp_path / 'copy.mp4')).get_avg_fps() == rate


def test_videos_are_upright(tmp_path, real_data):
    odd = real_data / 'odd_inputs' / 'decord_tests'
    for angle in (0, 90, 180, 270):
        source = odd / f'video_{angle}.mov'
        shown = decord.VideoReader(str(source))[0].asnumpy()
        ours = next(read_frames(source))
        assert ours.shape == shown.shape
        assert np.abs(ours.astype(int) - shown).mean() < 3


def test_sound_is_left_out_and_keyframes_are_close(tmp_path):
    write_numbered(tmp_path / 'video.mp4', length=50)
    copy_small(tmp_path / 'copy.mp4', tmp_path / 'video.mp4', 64)
    with av.open(str(tmp_path / 'copy.mp4')) as container:
        (stream,) = container.streams
        assert (
            stream.codec_context.name == 'h264' and not stream.codec_context.has_b_frames
        )
        keys = [n for n, frame in enumerate(container.decode()) if frame.key_frame]
    assert max(np.diff([*keys, 50])) <= 16


@pytest.mark.parametrize('share', [0, 0.5, 0.9])
def test_what_cannot_be_decoded_leaves_nothing_behind(tmp_path, share):
    whole = tmp_path / 'video.mp4'
    write_numbered(whole, length=20)
    broken = tmp_path / 'broken.mp4'
    broken.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    with pytest.raises(RuntimeError, match=r'broken\.mp4 cannot be decoded'):
        copy_small(tmp_path / 'copies' / 'copy.mp4', broken, 64)
    assert not list(tmp_path.glob('copies/*'))


def test_a_stopped_copy_leaves_the_old_one(tmp_path, monkeypatch):
    copy = tmp_path / 'copy.mp4'
    copy.write_bytes(b'old')

    def stop(path, short_side, enlarge):
        yield np.zeros((64, 80, 3), np.uint8)
        raise KeyboardInterrupt

    monkeypatch.setattr(copies, 'read_frames', stop)
    monkeypatch.setattr(copies, 'frame_rate', lambda path: Fraction(25))
    with pytest.raises(KeyboardInterrupt):
        copy_small(copy, tmp_path / 'video.mp4', 64)
    assert copy.read_bytes() == b'old' and list(tmp_path.iterdir()) == [copy]


@pytest.mark.parametrize(
    ('size', 'side', 'expected'),
    [
        ((320, 240), 128, (170, 128)),
        ((100, 90), 128, (100, 90)),
        ((131, 97), 128, (130, 96)),
        ((48, 36), 64, (86, 64)),
    ],
)
def test_a_small_video_is_not_enlarged_unless_it_is_too_narrow(size, side, expected):
    assert small_size(*size, side, enlarge=False) == expected
    assert small_size(*size[::-1], side, enlarge=False) == expected[::-1]


def test_a_full_disk_is_told_and_leaves_nothing_behind(tmp_path):
    write_numbered(tmp_path / 'video.mp4', length=5)
    copy = tmp_path / 'copies' / 'copy.mp4'
    copy.parent.mkdir()
    (copy.parent / f'.copy.{os.getpid()}.mp4').symlink_to('/dev/full')
    with pytest.raises(OSError, match='No space left'):
        copy_small(copy, tmp_path / 'video.mp4', 64)
    assert not list(copy.parent.iterdir())
