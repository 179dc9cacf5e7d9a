"""Lists and folds of any folder of videos."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import video_folder

from ..conftest import call_tool
from ..numbered_videos import write_numbered

TOOLS = Path(__file__).parents[2] / 'tools' / 'data'
CLIPS = [f'{name}/clip {n:02}.avi' for name in ('jump', 'run') for n in range(20)]


@pytest.fixture
def folder(tmp_path) -> Path:
    for clip in [*CLIPS, 'run/notes.txt']:
        path = tmp_path / 'videos' / clip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def run(folder: Path, *args: object) -> subprocess.CompletedProcess:
    return call_tool(video_folder.main, *command(folder, *args))


def run_in_folder(folder: Path, *args: object) -> subprocess.CompletedProcess:
    words = [sys.executable, TOOLS / 'video_folder.py', *command(folder, *args)]
    return subprocess.run([str(word) for word in words], capture_output=True, text=True)


def command(folder: Path, *args: object) -> list[object]:
    return ['--videos', folder / 'videos', *args, '--out', folder / 'out']


def parts(folder: Path, fold: int) -> tuple[list[str], list[str]]:
    names = (f'{part}_fold_{fold}_videos.txt' for part in ('train', 'test'))
    lists = ((folder / 'out' / name).read_text().splitlines() for name in names)
    return tuple(list(lines) for lines in lists)


def test_every_clip_is_tested_once_and_classes_have_their_share(folder):
    assert run(folder).returncode == 0
    assert (folder / 'out' / 'label_map.txt').read_text() == 'jump\nrun\n'
    everything = [f'{clip} {int(clip.startswith("run"))}' for clip in CLIPS]
    tested = []
    for fold in range(5):
        train, test = parts(folder, fold)
        assert sorted(train + test) == everything
        assert Counter(line[-1] for line in test) == {'0': 4, '1': 4}
        tested += test
    assert sorted(tested) == everything


def test_the_seed_makes_the_folds(folder):
    made = []
    for seed in (0, 0, 1):
        assert run(folder, '--seed', seed).returncode == 0
        made.append(parts(folder, 0))
        if made[1:]:
            shutil.rmtree(folder / 'out')
    assert made[0] == made[1] != made[2]


def test_two_divisions_are_not_mixed(folder):
    assert run(folder).returncode == 0
    before = parts(folder, 0)
    mixed = run(folder, '--folds', 3)
    assert mixed.returncode == 1
    assert 'made with other settings' in mixed.stderr
    assert parts(folder, 0) == before


@pytest.mark.parametrize('nested', [False, True])
def test_sources_stay_together(folder, nested):
    source = {clip: f's{number // 4}' for number, clip in enumerate(CLIPS)}
    given = {clip: dict(group=s) if nested else s for clip, s in source.items()}
    (folder / 'groups.json').write_text(json.dumps(given))
    assert run(folder, '--groups', folder / 'groups.json').returncode == 0
    for fold in range(5):
        train, test = (
            {source[line[:-2]] for line in part} for part in parts(folder, fold)
        )
        assert test and not train & test


def test_folds_that_are_given_are_kept(folder):
    folds = {clip: dict(group='x', fold=number % 3) for number, clip in enumerate(CLIPS)}
    (folder / 'groups.json').write_text(json.dumps(folds))
    assert run(folder, '--groups', folder / 'groups.json').returncode == 0
    for fold in range(3):
        assert {folds[line[:-2]]['fold'] for line in parts(folder, fold)[1]} == {fold}


@pytest.mark.parametrize(
    ('groups', 'message'),
    [
        ('[]', 'must map videos to their source'),
        ('{}', 'lacks 40 videos, such as jump/clip 00.avi'),
        (json.dumps({clip: {} for clip in CLIPS}), 'every video a "group"'),
        (json.dumps(dict.fromkeys(CLIPS, 'one')), 'too few sources|n_splits'),
        (None, 'must map videos to their source: .*No such file'),
    ],
)
def test_wrong_groups_are_told(folder, groups, message):
    path = folder / 'groups.json'
    if groups is not None:
        path.write_text(groups)
    done = run(folder, '--groups', path)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    assert re.search(message, done.stderr)


def test_more_folds_than_videos_of_a_class_are_refused(folder):
    told = run(folder, '--folds', 99).stderr
    assert 'no class has 99 videos' in told and 'choose fewer --folds' in told


def test_a_folder_without_classes_is_told(tmp_path):
    (tmp_path / 'videos').mkdir()
    told = run(tmp_path).stderr
    assert 'must hold two folders or more' in told and 'it is empty' in told


def test_what_is_left_out_is_told_and_what_lies_deeper_is_taken(folder):
    videos = folder / 'videos'
    taken = ['walk/phone.M4V', 'walk/deep/er/clip.3gp', 'run/old.ts']
    hidden = ['.Trashes/x.mp4', '__MACOSX/run/._x.mp4', 'run/._x.mp4', 'run/.git/y.avi']
    for name in [*taken, *hidden, 'loose.mp4', 'nothing/song.mp3']:
        (videos / name).parent.mkdir(parents=True, exist_ok=True)
        (videos / name).touch()
    done = run(folder, '--folds', 2)
    assert done.returncode == 0, done.stderr
    labels = dict(jump=0, run=1, walk=2)
    expected = [f'{clip} {labels[clip.split("/")[0]]}' for clip in [*CLIPS, *taken]]
    assert sorted(sum(parts(folder, 0), [])) == sorted(expected)
    assert (folder / 'out' / 'label_map.txt').read_text() == 'jump\nrun\nwalk\n'
    for told in (
        'left out: 4 hidden, such as .Trashes/x.mp4',
        "left out: 1 with the suffix '.txt', such as run/notes.txt",
        "left out: 1 with the suffix '.mp3', such as nothing/song.mp3",
        'left out: 1 in no folder of a class, such as loose.mp4',
        '1 videos are nested, such as walk/deep/er/clip.3gp',
        'no class, since without a video: nothing',
        '43 videos in 2 folds',
    ):
        assert told in done.stdout


def test_lists_are_not_replaced_by_others(folder):
    assert run(folder).returncode == 0
    before = parts(folder, 0)
    (folder / 'videos' / 'run' / 'new.mp4').touch()
    done = run(folder)
    assert done.returncode == 1 and 'exists with other content' in done.stderr
    assert parts(folder, 0) == before


@pytest.fixture
def real(tmp_path) -> Path:
    """Two classes of two videos of unsound kinds, with spaces in a name."""
    for number, video in enumerate(
        ('a/wmv1.wmv', 'a/one clip.avi', 'b/mpeg2.mpg', 'b/x.mp4')
    ):
        kind = video[2:].replace('one clip', 'mpeg4_b_frames')
        write_numbered(tmp_path / kind, 30, start=number)
        (tmp_path / 'videos' / video).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / kind).rename(tmp_path / 'videos' / video)
    return tmp_path


def test_the_lists_name_the_copies(real):
    args = ['--folds', 2, '--short-side', 64]
    done = run_in_folder(real, *args)
    assert done.returncode == 0, done.stderr
    names = ['a/one_clip.mp4 0', 'a/wmv1.mp4 0', 'b/mpeg2.mp4 1', 'b/x.mp4 1']
    assert sorted(sum(parts(real, 0), [])) == names
    made = {path: path.stat().st_mtime_ns for path in (real / 'out').rglob('*.mp4')}
    found = {path.relative_to(real / 'out/videos').as_posix() for path in made}
    assert found == {name[:-2] for name in names}
    assert run(real, *args).returncode == 0
    assert made == {path: path.stat().st_mtime_ns for path in made}
    other = run(real, '--folds', 2, '--short-side', 72)
    assert other.returncode == 1 and 'made with other settings' in other.stderr


def test_other_lists_are_told_before_anything_is_copied(real):
    args = ['--folds', 2, '--short-side', 64]
    (real / 'out').mkdir()
    (real / 'out' / 'test_fold_1_videos.txt').write_text('mine 0\n')
    done = run(real, *args)
    assert done.returncode == 1 and 'test_fold_1_videos.txt exists' in done.stderr
    assert not (real / 'out' / 'videos').exists()
    assert not (real / 'out' / 'label_map.txt').exists()


def test_copies_that_collide_or_cannot_be_are_errors(real):
    shutil.copy(real / 'videos/a/wmv1.wmv', real / 'videos/a/wmv1.avi')
    done = run(real, '--folds', 2, '--short-side', 64)
    assert "'a/wmv1.avi' and 'a/wmv1.wmv' would both be named 'a/wmv1.mp4'" in done.stderr
    assert not (real / 'out').exists()
    assert 'must be even, 64 or more' in run(real, '--short-side', 50).stderr
    (real / 'out').symlink_to(real)
    assert 'must not be among' in run(real, '--short-side', 64).stderr
