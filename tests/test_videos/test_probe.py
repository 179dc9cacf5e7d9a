"""Where decoders may seek, told from the packets alone."""

import os

import pytest

from stcr_mmaction.videos import probe_video
from stcr_mmaction.videos.flaws import Packet, find_flaw

from ..numbered_videos import HEIGHT, KINDS, NUM_FRAMES, SOUND, WIDTH, write_numbered

CODEC = dict(mpeg1='mpeg1video', mpeg2='mpeg2video', xvid='mpeg4')


@pytest.mark.parametrize('kind', KINDS)
def test_sound_files_are_told_from_others(kind, tmp_path):
    facts = probe_video(str(write_numbered(tmp_path / kind)))
    name = kind.split('.')[0].split('_')[0]
    assert facts.codec == CODEC.get(name, name)
    assert facts.num_packets == NUM_FRAMES
    assert (facts.fps, facts.width, facts.height) == (25, WIDTH, HEIGHT)
    assert (facts.flaw == '') == (kind in SOUND), facts


def packets(pts, keys=(0,), dts=None, discard=(), loose=()):
    dts = dts or range(len(pts))
    return [
        Packet(p, d, n in discard, n in keys, n in keys and n not in loose)
        for n, (p, d) in enumerate(zip(pts, dts, strict=True))
    ]


@pytest.mark.parametrize(
    ('names', 'stream', 'reorders', 'flaw'),
    [
        (['mov', 'mp4'], packets([0, 3, 1, 2, 4], keys=(0, 4)), True, ''),
        (['mov', 'mp4'], packets([0, 3, 1, 2, 5, 4], keys=(0, 4)), True, 'behind them'),
        (['mov', 'mp4'], packets([0, 1, 3, 2], keys=(0, 3)), True, 'behind them'),
        (['mov', 'mp4'], packets([0, 1, 1]), False, 'equal times'),
        (['mov', 'mp4'], packets([0, None]), False, 'without a time'),
        (['mov', 'mp4'], packets([0, 1], keys=(1,)), False, 'not begin with a key'),
        (['mov', 'mp4'], packets([0, 1], discard=(0,)), False, 'not to be shown'),
        (['mov', 'mp4'], packets([0, 1], keys=(0, 1), loose=(1,)), False, 'older frames'),
        (['mov', 'mp4'], packets([0, 1, 2]), True, 'do not tell of the B-frames'),
        (['mov', 'mp4'], packets([0, 1, 2]), False, ''),
        (['avi'], packets([0, 1, 2], keys=(0, 2)), False, ''),
        (['avi'], packets([1, 2, 3]), False, 'order of B-frames'),
        (['avi'], packets([0, 1, 2]), True, 'order of B-frames'),
        (['mpegts'], packets([0, 1, 2]), False, 'no index'),
    ],
)
def test_each_flaw(names, stream, reorders, flaw):
    found = find_flaw(names, stream, reorders)
    assert flaw in found
    assert bool(found) == bool(flaw)


def test_a_file_is_probed_anew_when_it_changes(tmp_path):
    path = write_numbered(tmp_path / 'mpeg4.mp4', 10)
    assert probe_video(str(path)) is probe_video(str(path))
    write_numbered(tmp_path / 'mpeg4.mp4', 12)
    os.utime(path, (1, 1))
    assert probe_video(str(path)).num_packets == 12


@pytest.mark.parametrize('held', [b'', b'no video at all' * 100])
def test_what_is_no_video_is_named(held, tmp_path):
    path = tmp_path / 'odd.mp4'
    path.write_bytes(held)
    with pytest.raises(ValueError, match="odd.mp4' cannot be opened as a video"):
        probe_video(str(path))
