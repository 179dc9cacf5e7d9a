"""The trials, in short; and that they can fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tools.data.child_process import Outcome, call_in_child
from tools.experiments import ROOT, robustness
from tools.experiments.result import write_result
from tools.experiments.robustness_page import write_page
from tools.experiments.trials import (
    FORK,
    bad_annotations,
    bad_configs,
    bad_videos,
    endings,
)

SHORT = '--kills 1 --videos 8 --annotations 20 --configs 6 --endings 1 --clips 510'


def run(module: str, *args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, '-W', 'ignore', '-m', module, *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
def test_the_tool_tries_everything_and_writes_the_page(tmp_path):
    places = ['--work-dir', tmp_path / 'new', '--out', tmp_path / 'found']
    done = run('tools.experiments.robustness', *SHORT.split(), *places)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = read_rows((tmp_path / 'found.md').read_text())
    assert [int(row[2]) for row in rows] == [1, 8, 20, 6, 1, 510]
    assert [row[4].strip() for row in rows] == ['0'] * 6


def read_rows(page):
    return [line.split('|') for line in page.splitlines() if '|' in line][2:]


@pytest.mark.parametrize('lost', [0, 1])
def test_the_page_has_a_row_for_each_part_and_counts_what_is_wrong(tmp_path, lost):
    """Of made-up counts; the slow test has true ones."""
    parts = dict(
        kills=dict(kills=5, runs=4, equal=4, in_the_write=1),
        videos=dict(videos=8, loaded=3, refused=5),
        annotations=dict(annotations=20, loaded=12, refused=8),
        configs=dict(configs=6, trained=2, refused=4 - lost, wrong=lost),
        endings=dict(endings=5, whole=4, whole_right=4 - lost, early=1, early_right=1),
        clips=dict(clips=510, early=300.0, late=301.0, growth=0.003),
    )
    for part, counts in parts.items():
        told = dict(counts=counts, seed=0, minutes=1, hardware='cpu', code=f'of {part}')
        write_result(tmp_path / f'{part}.json', told)
    page, wrong = write_page(tmp_path)
    rows = read_rows(page)
    assert [int(row[2]) for row in rows] == [5, 8, 20, 6, 5, 510]
    assert [row[5].strip() for row in rows] == [f'of {part}' for part in parts]
    assert wrong == 2 * lost == sum(int(row[4]) for row in rows)
    assert f'{4 - lost} of 4 that end by themselves' in page
    assert '1 of 1 that an error' in page and '6 minutes in all' in page
    (tmp_path / 'kills.json').unlink()
    assert len(read_rows(write_page(tmp_path)[0])) == 5


def test_a_folder_that_is_there_is_left_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sys, 'argv', ['robustness', '--work-dir', str(tmp_path)])
    with pytest.raises(SystemExit, match='2'):
        robustness.main()
    assert 'name a new folder' in capsys.readouterr().err


@pytest.mark.parametrize(
    'function, kind',
    [
        (lambda: 7, 'value'),
        (lambda: 1 / 0, 'error'),
        (lambda: os.kill(os.getpid(), 9), 'crash'),
        (lambda: os._exit(3), 'crash'),
        (lambda: __import__('time').sleep(9), 'hang'),
    ],
)
def test_a_call_in_a_child_ends_in_some_way(function, kind):
    outcome = call_in_child(FORK, function, timeout=1)
    assert outcome.kind == kind
    if kind == 'error':
        assert outcome.value == ('ZeroDivisionError', 'division by zero')


@pytest.mark.parametrize('kind', ['crash', 'hang'])
def test_a_crash_and_a_hang_are_wrong(kind):
    path = Path('a.mp4')
    found = Outcome(kind, 'SIGSEGV')
    assert bad_videos.judge(found, path, ()) == 'wrong'
    assert bad_annotations.judge(found, path, None) == 'wrong'
    assert bad_configs.judge(found) == 'wrong'


def test_what_counts_as_an_answer_to_a_video():
    judge, path = bad_videos.judge, Path('a.mp4')
    expected = (2, 3), 'torch.uint8'
    assert judge(Outcome('value', expected), path, expected) == 'loaded'
    assert judge(Outcome('value', ((2, 4), 'torch.uint8')), path, expected) == 'wrong'
    named = ('VideoError', "cannot load video 'x/a.mp4'")
    assert judge(Outcome('error', named), path, expected) == 'refused'
    for error in (('VideoError', 'something'), ('KeyError', 'a.mp4')):
        assert judge(Outcome('error', error), path, expected) == 'wrong'


def test_what_counts_as_an_answer_to_an_annotation():
    judge, path = bad_annotations.judge, Path('folder/a.txt')
    read = [('a.mp4', 1)]
    assert judge(Outcome('value', [('folder/a.mp4', 1)]), path, read) == 'loaded'
    assert judge(Outcome('value', [('folder/a.mp4', 2)]), path, read) == 'wrong'
    assert judge(Outcome('value', [('folder/a.mp4', 1)]), path, None) == 'wrong'
    refused = Outcome('error', ('ValueError', 'folder/a.txt:1: no'))
    assert judge(refused, path, None) == 'refused'
    assert judge(refused, path, read) == 'wrong'


def test_what_counts_as_an_answer_to_a_config():
    judge = bad_configs.judge
    assert judge(Outcome('value', dict(loss=1.0))) == 'trained'
    assert judge(Outcome('value', dict(loss=float('nan')))) == 'wrong'
    assert judge(Outcome('error', ('ValueError', 'set codes'))) == 'refused'
    assert judge(Outcome('error', ('ValueError', ''))) == 'wrong'
    late = Outcome('error', ('ErrorAfterBuild', 'ValueError: set codes'))
    assert judge(late) == 'wrong'


def test_the_config_that_is_changed_is_a_good_one_and_its_options_are_found():
    losses = bad_configs.train_a_step(bad_configs.CONFIG)
    assert {'loss_temporal', 'loss_channel', 'loss_contrast'} <= losses.keys()
    options = {
        '.'.join(map(str, path)) for path in bad_configs.find_options(bad_configs.CONFIG)
    }
    assert {'model.tap', 'noise.0.codes', 'metric.topk', 'hooks.1.max_share'} <= options


def load_in_one_thread(path, test_mode):
    # The threads that torch has used before are not in a forked process: it would wait.
    torch.set_num_threads(1)
    return bad_videos.load(path, test_mode)


def test_sound_videos_load(tmp_path):
    for path in bad_videos.write_sources(tmp_path / 'sources'):
        for test_mode, shape in bad_videos.SHAPES.items():
            found = call_in_child(FORK, load_in_one_thread, path, test_mode)
            assert found == Outcome('value', (shape, 'torch.uint8')), path


@pytest.mark.parametrize(
    'ending, codes, right',
    [
        ('whole', [0, 0], True),
        ('whole', [0, -6], False),
        ('whole', [None, 0], False),
        ('error', [1, 1], True),
        ('error', [1, -6], False),
        ('interruption', [-2, 1], True),
        ('interruption', [-15, 1], False),
        ('termination', [0, -15], True),
        ('termination', [None, -15], False),
    ],
)
def test_which_exit_statuses_are_right(ending, codes, right):
    found = endings.judge(ending, codes, seconds=1.0)
    kind = 'whole' if ending == 'whole' else 'early'
    assert found == {'endings': 1, kind: 1, f'{kind}_right': int(right)}


def test_every_fourth_training_is_followed_by_one_that_is_ended():
    plan = list(endings._plan(12))
    assert plan.count('whole') == 12
    assert [plan[i] for i in (4, 9, 14)] == ['error', 'interruption', 'termination']


@pytest.mark.slow
@pytest.mark.parametrize('loop, equal', [('Reproducible', True), ('EpochBased', False)])
def test_a_loop_that_is_not_reproducible_is_found_out(tmp_path, loop, equal):
    """In a process of its own, since trainings are forked from it."""
    script = f"""
import torch; torch.set_num_threads(1)
from collections import Counter
from pathlib import Path
import stcr_mmaction
from tools.experiments.trials import kills
start = 'train_cfg = dict('
kills.CONFIG = kills.CONFIG.replace(start, start + "type='{loop}TrainLoop', ")
found = sum(kills.kill_and_resume(4, Path({str(tmp_path / 'kills')!r}), 0), Counter())
print(found['runs'], found['equal'])
"""
    sizes = [f'--{part}-per-class' for part in ('train', 'val', 'test', 'labels')]
    sizes = [word for size in sizes for word in (size, 1)]
    rendered = run('tools.experiments.motion', '--out', tmp_path / 'motion', *sizes)
    assert rendered.returncode == 0, rendered.stderr
    done = subprocess.run(
        [sys.executable, '-c', script], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, 'MOTION_ROOT': str(tmp_path / 'motion')},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    runs, same = map(int, done.stdout.split()[-2:])
    assert runs
    assert (same == runs) is equal
