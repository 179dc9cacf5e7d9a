"""The checker of videos, on real files, good and damaged."""

import json
import re
import shutil
import time
from pathlib import Path

import av
import numpy as np
import pytest

pytest.importorskip('decord')

import check_videos
import video_decoding
from video_decoding import choose_places, decode_in_child, decode_video

from stcr_mmaction.videos import decord_reader, probe_video
from stcr_mmaction.videos.decord_reader import DecordReader
from tools.experiments.videos import write_video

from ..numbered_videos import SOME_KINDS, SOUND, write_numbered


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two good videos, a copy, a short, a broken and an empty one; two lists."""
    rng = np.random.default_rng(0)
    for name, length in (('a/one.mp4', 9), ('b/two words.mp4', 9), ('b/short.mp4', 3)):
        frames = rng.integers(0, 255, (length, 64, 80, 3), np.uint8)
        write_video(tmp_path / name, frames)
    shutil.copy(tmp_path / 'a/one.mp4', tmp_path / 'b/copy.mp4')
    whole = (tmp_path / 'a/one.mp4').read_bytes()
    (tmp_path / 'a/broken.mp4').write_bytes(whole[: len(whole) // 2])
    (tmp_path / 'a/empty.mp4').touch()
    (tmp_path / 'train.txt').write_text(
        'a/one.mp4 0\nb/two words.mp4 1\na/broken.mp4 0\nb/short.mp4 1\n'
    )
    (tmp_path / 'val.txt').write_text(
        'a/empty.mp4 0\nb/copy.mp4 1\na/gone.mp4 0\na/one.mp4 0\n'
    )
    return tmp_path


def check(folder: Path, *lists: str, **options: object) -> tuple[int, dict, str]:
    """Run the tool; return its exit status, each video's troubles, and the counts."""
    out = folder / 'report' / 'check.json'
    words = [*(folder / name for name in lists), '--videos', folder, '--out', out]
    for name, value in options.items():
        words += [f'--{name.replace("_", "-")}', value]
    with pytest.raises(SystemExit) as ended:
        check_videos.main([str(word) for word in words])
    report = json.loads(out.read_text())
    troubles = {name: found['troubles'] for name, found in report['videos'].items()}
    return ended.value.code, troubles, report


def test_every_kind_of_trouble_is_told_and_nothing_else(folder, capsys):
    code, troubles, report = check(folder, 'train.txt', 'val.txt', min_frames=4)
    assert code == 1
    assert {video: list(kinds) for video, kinds in troubles.items()} == {
        'a/one.mp4': ['two labels', 'two lists'],
        'b/two words.mp4': [],
        'a/broken.mp4': ['undecodable'],
        'a/empty.mp4': ['undecodable'],
        'a/gone.mp4': ['missing'],
        'b/short.mp4': ['too short'],
        'b/copy.mp4': ['duplicate'],
    }
    assert troubles['b/copy.mp4']['duplicate'] == 'has the frames of a/one.mp4'
    assert report['videos']['a/one.mp4']['frames'] == 9
    told = capsys.readouterr().out
    assert 'two lists: a/one.mp4: in train.txt, and in val.txt' in told
    assert '7 videos: 1 missing, 2 undecodable, 1 too short, 0 wrong frames' in told


def test_good_videos_pass(folder):
    (folder / 'train.txt').write_text('a/one.mp4 0\nb/two words.mp4\n')
    assert check(folder, 'train.txt')[0] == 0


def test_what_training_reads_in_order_is_told_and_jumps_elsewhere_are_right(tmp_path):
    for name in SOME_KINDS:
        write_numbered(tmp_path / name, 100, start=SOME_KINDS.index(name))
    (tmp_path / 'list.txt').write_text('\n'.join(SOME_KINDS))
    code, troubles, report = check(tmp_path, 'list.txt')
    flaws = {name: probe_video(str(tmp_path / name)).flaw for name in SOME_KINDS}
    assert code == 1
    for name, kinds in troubles.items():
        assert list(kinds) == (['read in order'] if flaws[name] else [])
        assert flaws[name] in kinds.get('read in order', '')
        assert report['videos'][name]['frames'] == 100
    assert {name for name in SOME_KINDS if not flaws[name]} == SOUND & set(SOME_KINDS)
    assert 'mpeg4 in avi' in troubles['mpeg4_b_frames.avi']['read in order']
    assert '--short-side' in troubles['mpeg4_b_frames.avi']['read in order']


def test_a_wrong_jump_in_a_file_that_seems_sound_is_told(tmp_path, monkeypatch):
    path = write_numbered(tmp_path / 'mpeg4_b_frames.avi')
    reader = DecordReader(str(path), 1)
    reader.get_key_indices = lambda: [0, 12, 24]
    monkeypatch.setattr(video_decoding, 'find_reader', lambda path: (reader, ''))
    assert 'random access gives other frames' in decode_video(path).wrong


def test_a_width_that_training_refuses_is_undecodable(tmp_path):
    write_video(tmp_path / 'narrow.mp4', np.zeros((9, 64, 48, 3), np.uint8))
    (tmp_path / 'list.txt').write_text('narrow.mp4')
    _, troubles, _ = check(tmp_path, 'list.txt')
    assert 'narrow.mp4' in troubles['narrow.mp4']['undecodable']
    assert 'has a width' in troubles['narrow.mp4']['undecodable']


def remux(source: Path, target: Path) -> None:
    """Put the same packets into another container."""
    with av.open(str(source)) as old, av.open(str(target), 'w') as new:
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(old.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)


def test_the_same_frames_in_another_container_are_found_in_both_lists(tmp_path):
    write_numbered(tmp_path / 'video.mp4', 40)
    remux(tmp_path / 'video.mp4', tmp_path / 'other.mkv')
    (tmp_path / 'ucf_train_split_1.txt').write_text('video.mp4 0\n')
    (tmp_path / 'ucf_val_split_1.txt').write_text('other.mkv 0\n')
    (tmp_path / 'ucf_val_split_2.txt').write_text('other.mkv 0\n')
    _, troubles, _ = check(tmp_path, 'ucf_train_split_1.txt', 'ucf_val_split_1.txt')
    both = 'in ucf_train_split_1.txt, and in ucf_val_split_1.txt as other.mkv'
    assert troubles == {
        'video.mp4': {'two lists': both},
        'other.mkv': {'duplicate': 'has the frames of video.mp4'},
    }
    _, troubles, _ = check(tmp_path, 'ucf_train_split_1.txt', 'ucf_val_split_2.txt')
    assert troubles['video.mp4'] == {}, 'splits may share videos'


def test_the_same_frames_are_found_whether_training_jumps_or_reads_in_order(tmp_path):
    write_numbered(tmp_path / 'video.mp4', 40)
    remux(tmp_path / 'video.mp4', tmp_path / 'other.flv')
    (tmp_path / 'list.txt').write_text('video.mp4 0\nother.flv 0\n')
    _, troubles, _ = check(tmp_path, 'list.txt')
    assert troubles['video.mp4'] == {}
    assert list(troubles['other.flv']) == ['read in order', 'duplicate']
    assert troubles['other.flv']['duplicate'] == 'has the frames of video.mp4'


def test_a_label_is_told_that_differs_and_none_that_is_missing(tmp_path):
    write_numbered(tmp_path / 'video.mp4', 5)
    (tmp_path / 'a.txt').write_text('video.mp4 1\nvideo.mp4\nvideo.mp4 1\n')
    assert check(tmp_path, 'a.txt')[0] == 0
    (tmp_path / 'a.txt').write_text('video.mp4 1\nvideo.mp4 0\n')
    reason = check(tmp_path, 'a.txt')[1]['video.mp4']['two labels']
    assert reason == '1 in a.txt, and 0 in a.txt'


def test_a_codec_that_decord_does_not_know_is_named(tmp_path, monkeypatch):
    write_numbered(tmp_path / 'video.mp4', 5)

    def refuse(*args, **kwargs):
        raise RuntimeError('wanted index: -1\nStack trace')

    monkeypatch.setattr(decord_reader, 'DecordReader', refuse)
    found = decode_video(tmp_path / 'video.mp4')
    assert found.frames == 5 and not found.failure
    pattern = r'open it \(wanted index: -1\) \(h264 in mov\); .*--short-side'
    assert re.fullmatch(f'the decoder cannot {pattern}', found.in_order)


def test_places_are_everywhere_and_few(tmp_path):
    for length in (1, 2, 15, 200, 90_000):
        places = choose_places(length, list(range(0, length, 50)))
        assert {0, length - 1} <= set(places) <= set(range(length))
        assert len(places) <= 40
        borders = np.histogram(places, 10, (0, length))[0]
        assert length < 50 or borders.all()


def crash(path):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSEGV)


def hang(path):
    time.sleep(60)


@pytest.mark.parametrize(
    ('decoder', 'timeout', 'reason'),
    [(crash, 60, 'the decoder crashed: SIGSEGV'), (hang, 1, 'not through after 1 s')],
)
def test_a_decoder_that_crashes_or_hangs_is_contained(tmp_path, decoder, timeout, reason):
    assert reason in decode_in_child(tmp_path / 'video.mp4', timeout, decoder).failure


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['train.txt', '--workers', '0'], '--workers must be above 0'),
        (['nowhere.txt'], 'nowhere.txt not found'),
        (['empty.txt'], 'the lists have no videos'),
    ],
)
def test_bad_arguments_are_refused(folder, capsys, words, message):
    (folder / 'empty.txt').write_text('\n')
    with pytest.raises(SystemExit) as ended:
        check_videos.main([str(folder / words[0]), '--videos', str(folder), *words[1:]])
    assert message in f'{ended.value.code}{capsys.readouterr().err}'
