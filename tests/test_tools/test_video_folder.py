"""Lists and folds of any folder of videos."""

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / 'tools' / 'data' / 'video_folder.py'
CLIPS = [f'{name}/clip {n:02}.avi' for name in ('jump', 'run') for n in range(20)]


@pytest.fixture
def folder(tmp_path) -> Path:
    for clip in [*CLIPS, 'run/notes.txt']:
        path = tmp_path / 'videos' / clip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def run(folder: Path, *args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, TOOL, '--videos', folder / 'videos', *args]
    command += ['--out', folder / 'out']
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


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


def test_a_folder_without_classes_is_told(tmp_path):
    (tmp_path / 'videos').mkdir()
    assert 'must hold two folders or more' in run(tmp_path).stderr
