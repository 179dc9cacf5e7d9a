"""What the videos of a folder are like, told without decoding them."""

import hashlib
import shutil
import time

import pytest

from stcr_mmaction.videos import check, check_videos, find_videos

from ..numbered_videos import write_numbered


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp('videos')
    write_numbered(root / 'good.mp4', 12)
    write_numbered(root / 'in/mpeg4_b_frames.avi', 12)
    write_numbered(root / 'short.mp4', 1)
    shutil.copy(root / 'good.mp4', root / 'in/copy.mp4')
    data = (root / 'good.mp4').read_bytes()
    (root / 'like.mp4').write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    (root / 'cut.mp4').write_bytes(data[: len(data) // 2])
    (root / 'text.ts').write_text('export const videos = 1;\n' * 9)
    return root


def test_videos_are_told_from_what_cannot_be_used(folder):
    checked = check_videos(folder, find_videos(folder).paths)
    good = ['good.mp4', 'in/copy.mp4', 'in/mpeg4_b_frames.avi', 'like.mp4']
    assert checked.num_frames == dict.fromkeys(good, 12)
    assert checked.fps == dict.fromkeys(good, 25)
    assert list(checked.notes) == ['in/mpeg4_b_frames.avi']
    assert 'B-frames' in checked.notes['in/mpeg4_b_frames.avi']
    reasons = checked.left_out
    assert list(reasons) == ['cut.mp4', 'short.mp4', 'text.ts']
    assert reasons['short.mp4'] == 'is too short: it has 1 of 2 frames'
    for damaged in ('cut.mp4', 'text.ts'):
        assert reasons[damaged].startswith('cannot be opened as a video: ')


def test_only_files_of_one_size_are_hashed(folder):
    digests = check_videos(folder, find_videos(folder).paths).digests
    alike = ['good.mp4', 'in/copy.mp4', 'like.mp4']
    assert digests == {
        path: hashlib.sha256((folder / path).read_bytes()).hexdigest() for path in alike
    }
    assert len(set(digests.values())) == 2


def test_the_fewest_frames_can_be_chosen(folder):
    paths = ['good.mp4', 'short.mp4']
    assert list(check_videos(folder, paths, 1).num_frames) == paths
    told = check_videos(folder, paths, 13).left_out
    assert told['good.mp4'] == 'is too short: it has 12 of 13 frames'


def test_each_video_is_told_once_whatever_the_workers(folder):
    paths = find_videos(folder).paths
    for workers in (1, 3):
        done = []
        check_videos(folder, paths, workers=workers, progress=done.append)
        assert done == list(range(1, len(paths) + 1))
    assert check_videos(folder, paths, workers=1) == check_videos(folder, paths)


def test_a_video_that_is_gone_is_left_out(folder):
    checked = check_videos(folder, ['gone.mp4'])
    reason = 'cannot be read: No such file or directory'
    assert checked.left_out == {'gone.mp4': reason}
    assert not checked.num_frames


def test_after_a_stop_the_rest_is_not_looked_at(folder, monkeypatch):
    looked_at = []

    def look(path):
        time.sleep(0.001)
        looked_at.append(path)
        return 'is damaged'

    def stop(done):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, '_probe', look)
    with pytest.raises(KeyboardInterrupt):
        check_videos(folder, ['gone.mp4'] * 500, workers=1, progress=stop)
    assert len(looked_at) < 250
