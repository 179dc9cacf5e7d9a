"""Preparation of UCF101 and HMDB51, from small copies of their official layouts."""

import json
import os
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

TOOLS = Path(__file__).parents[2] / 'tools' / 'data'
decord = pytest.importorskip('decord')

import hmdb51  # noqa: E402
import ucf101  # noqa: E402

from tests.conftest import call_script  # noqa: E402
from tools.experiments.videos import write_video  # noqa: E402

UCF = ['ApplyEyeMakeup', 'HandstandPushups', 'YoYo']
HMDB = ['brush_hair', 'wave']
ODD = '#4_we;ird [x] & (y)!_u_nm_np1_fr_goo_0.avi'


def make_video(path: Path, number: int) -> None:
    """Write a video of 4 frames, 96x128; what is in it depends on the number."""
    frames = np.full((4, 96, 128, 3), 20 * number % 256, np.uint8)
    made = path.with_suffix('.mp4')
    write_video(made, frames)
    made.rename(path)


@pytest.fixture(scope='module')
def ucf(tmp_path_factory) -> Path:
    """Videos in ``UCF-101``, official files of 3 splits in ``splits``."""
    root = tmp_path_factory.mktemp('ucf')
    (root / 'splits').mkdir()
    index = [f'{number} {name}' for number, name in enumerate(UCF, start=1)]
    (root / 'splits' / 'classInd.txt').write_text('\r\n'.join(index) + '\r\n')
    videos = [f'{c}/v_{c}_g{g:02}_c01.avi' for c in UCF for g in (1, 2, 3)]
    for number, video in enumerate(videos):
        make_video(root / 'UCF-101' / video, number)
    for split in (1, 2, 3):
        test = [video for video in videos if f'_g{split:02}_' in video]
        label = {v: UCF.index(v.split('/')[0]) + 1 for v in videos}
        train = [f'{video} {label[video]}' for video in videos if video not in test]
        (root / 'splits' / f'trainlist{split:02}.txt').write_text('\n'.join(train))
        (root / 'splits' / f'testlist{split:02}.txt').write_text('\n'.join(test) + '\n')
    return root


@pytest.fixture(scope='module')
def hmdb(tmp_path_factory) -> Path:
    """Videos in ``hmdb51_org``, a split file for each class and split in ``splits``."""
    root = tmp_path_factory.mktemp('hmdb')
    (root / 'splits').mkdir()
    for name in HMDB:
        files = [ODD, 'a.avi', 'b.avi']
        for number, file in enumerate(files):
            make_video(root / 'hmdb51_org' / name / file, number)
        for split in (1, 2, 3):
            lines = [f'{file} {(n + split) % 3} ' for n, file in enumerate(files)]
            path = root / 'splits' / f'{name}_test_split{split}.txt'
            path.write_text('\n'.join(lines))
    return root


def run(name: str, root: Path, *args: object) -> subprocess.CompletedProcess:
    videos = root / dict(ucf101='UCF-101', hmdb51='hmdb51_org')[name]
    words = ['--videos', videos, '--splits', root / 'splits', *args]
    return call_script(TOOLS / f'{name}.py', *words)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def tree(root: Path) -> dict[str, tuple]:
    files = sorted(path for path in root.rglob('*') if path.is_file())
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def test_ucf101_lists_say_what_the_official_ones_do(ucf, tmp_path):
    before = tree(ucf)
    done = run('ucf101', ucf, '--out', tmp_path)
    assert done.returncode == 0, done.stderr
    assert lines(tmp_path / 'label_map.txt') == UCF
    train, val = (
        lines(tmp_path / f'ucf101_{part}_split_2_videos.txt') for part in ('train', 'val')
    )
    assert val == [f'{c}/v_{c}_g02_c01.avi {n}' for n, c in enumerate(UCF)]
    assert len(train) == 6 and not set(train) & set(val)
    for line in train + val:
        video, label = line.rsplit(' ', 1)
        assert UCF[int(label)] == video.split('/')[0]
        copy = tmp_path / 'videos' / video
        assert os.path.samefile(copy, ucf / 'UCF-101' / video)
    assert tree(ucf) == before


def test_counts_that_are_not_the_published_ones_are_told(ucf, tmp_path):
    told = run('ucf101', ucf, '--out', tmp_path).stderr
    assert 'split 1: 6 train videos, published are 9537' in told
    assert told.count('ucf101: warning: split') == 6


def test_hmdb51_numbers_tell_the_part_and_odd_names_stay_readable(hmdb, tmp_path):
    done = run('hmdb51', hmdb, '--out', tmp_path)
    assert done.returncode == 0, done.stderr
    # 0 is unused, 1 training, 2 test; the file number plus the split, modulo 3.
    odd = ODD.replace(' ', '_')
    assert lines(tmp_path / 'hmdb51_train_split_1_videos.txt') == [
        f'{name}/{odd} {label}' for label, name in enumerate(HMDB)
    ]
    assert lines(tmp_path / 'hmdb51_val_split_1_videos.txt') == [
        f'{name}/a.avi {label}' for label, name in enumerate(HMDB)
    ]
    link = tmp_path / 'videos' / 'wave' / odd
    assert os.path.samefile(link, hmdb / 'hmdb51_org' / 'wave' / ODD)


def test_small_copies_and_frames(ucf, tmp_path):
    args = ['--out', tmp_path, '--short-side', 64, '--frames']
    assert run('ucf101', ucf, *args).returncode == 0
    (first, *_) = lines(tmp_path / 'ucf101_val_split_1_videos.txt')
    assert first == 'ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01.mp4 0'
    copy = decord.VideoReader(str(tmp_path / 'videos' / first.split()[0]))
    assert len(copy) == 4 and copy[0].shape == (64, 86, 3)
    (first, *_) = lines(tmp_path / 'ucf101_val_split_1_rawframes.txt')
    assert first == 'ApplyEyeMakeup/v_ApplyEyeMakeup_g01_c01 4 0'
    frames = sorted((tmp_path / 'rawframes' / first.split()[0]).iterdir())
    assert [path.name for path in frames] == [f'img_{n:05}.jpg' for n in (1, 2, 3, 4)]
    assert cv2.imread(str(frames[0])).shape == (64, 86, 3)


def test_what_is_there_is_not_made_again(ucf, tmp_path):
    args = ['--out', tmp_path, '--short-side', 64]
    run('ucf101', ucf, *args)
    copies = sorted((tmp_path / 'videos').rglob('*.mp4'))
    copies[0].unlink()
    before = {path: path.stat().st_mtime_ns for path in copies[1:]}
    assert run('ucf101', ucf, *args).returncode == 0
    assert copies[0].exists()
    assert before == {path: path.stat().st_mtime_ns for path in copies[1:]}
    other = run('ucf101', ucf, '--out', tmp_path)
    assert other.returncode == 1 and 'other settings' in other.stderr


def test_missing_and_damaged_videos_are_named(hmdb, tmp_path):
    (root := tmp_path / 'root').mkdir()
    (root / 'splits').symlink_to(hmdb / 'splits')
    for name in HMDB:
        (root / 'hmdb51_org' / name).mkdir(parents=True)
    done = run('hmdb51', root, '--out', tmp_path / 'out')
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert '6 of 6 videos' in done.stderr and 'brush_hair/#4' in done.stderr
    for name in HMDB:
        for file in (ODD, 'a.avi', 'b.avi'):
            (root / 'hmdb51_org' / name / file).write_bytes(b'no video')
    done = run('hmdb51', root, '--out', tmp_path / 'out', '--short-side', 64)
    assert done.returncode == 1 and done.stderr.count('cannot be decoded') == 6


@pytest.mark.parametrize(
    ('tool', 'file', 'text', 'message'),
    [
        (ucf101, 'classInd.txt', '1 A\n3 B', 'expected "2 ClassName", got \'3 B\''),
        (ucf101, 'trainlist01.txt', 'A/x.avi 2', "got 'A/x.avi 2'"),
        (ucf101, 'testlist01.txt', 'C/x.avi', "got 'C/x.avi'"),
        (ucf101, 'testlist02.txt', 'A/x', "testlist02.txt: expected .* got 'A/x'"),
        (ucf101, 'testlist03.txt', None, 'testlist03.txt not found'),
        (hmdb51, 'wave_test_split2.txt', 'x.avi 3', "got 'x.avi 3'"),
        (hmdb51, 'wave_test_split3.txt', None, 'wave_test_split3.txt not found'),
    ],
)
def test_a_wrong_split_file_is_named(tmp_path, tool, file, text, message):
    files = {'classInd.txt': '1 A\n2 B'}
    for split in (1, 2, 3):
        files[f'trainlist{split:02}.txt'] = 'A/x.avi 1'
        files[f'testlist{split:02}.txt'] = 'B/y.avi'
        files[f'wave_test_split{split}.txt'] = 'x.avi 1'
    files[file] = text
    for name, content in files.items():
        if content is not None:
            (tmp_path / name).write_text(content)
    with pytest.raises(ValueError, match=message):
        tool.read_splits(tmp_path)


def test_the_published_counts():
    assert sum(ucf101.KNOWN_COUNTS[1].values()) == 13320
    assert {sum(parts.values()) for parts in ucf101.KNOWN_COUNTS.values()} == {13320}


def test_old_copies_and_other_lists_are_not_mixed_with_new_ones(ucf, tmp_path):
    old = dict(videos=str((ucf / 'UCF-101').resolve()), short_side=64)
    (tmp_path / 'old').mkdir()
    (tmp_path / 'old' / 'settings.json').write_text(json.dumps(old))
    done = run('ucf101', ucf, '--out', tmp_path / 'old', '--short-side', 64)
    assert done.returncode == 1 and 'made with other settings' in done.stderr
    (tmp_path / 'label_map.txt').write_text('mine\n')
    done = run('ucf101', ucf, '--out', tmp_path)
    assert done.returncode == 1 and 'label_map.txt exists with' in done.stderr
    assert (tmp_path / 'label_map.txt').read_text() == 'mine\n'
    assert not (tmp_path / 'videos').exists()
