"""The first command: what it learns from, what it runs, and what it says of it."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import stcr_cli
from tests.conftest import call_tool, write_video
from tools.experiments import ROOT
from tools.experiments.bootstrap import Estimate, estimate
from tools.experiments.demo import __main__ as demo
from tools.experiments.demo import commands, data, page, report, seeds
from tools.experiments.steps import StepError


@pytest.fixture
def folder(tmp_path):
    """Twenty videos of two classes."""
    for number in range(20):
        name = f'{"ab"[number % 2]}/{number:02}.mp4'
        write_video(tmp_path / 'mine' / name, 20, seed=number)
    return tmp_path / 'mine'


def test_no_test_video_is_pretrained_on(folder, tmp_path):
    made = data.divide_folder(folder, tmp_path / 'work')
    linked = {path.resolve() for path in made.videos.glob('*/*.mp4')}
    with made.labels.open() as file:
        rows = list(csv.DictReader(file))
    parts = {
        split: {Path(row['path']) for row in rows if row['split'] == split}
        for split in ('train', 'val', 'test')
    }
    assert len(linked) == 14
    assert [len(part) for part in parts.values()] == [10, 2, 4]
    assert parts['train'] <= linked and not (parts['val'] | parts['test']) & linked
    assert made.num_classes == 2
    assert data.divide_folder(folder, tmp_path / 'work') == made  # and again


def test_a_folder_with_links_to_other_videos_is_refused(folder, tmp_path):
    made = data.divide_folder(folder, tmp_path / 'work')
    link = next(made.videos.glob('*/*.mp4'))
    link.unlink()
    link.symlink_to(__file__)
    with pytest.raises(StepError, match='work has other videos: give another --work-dir'):
        data.divide_folder(folder, tmp_path / 'work')


def test_videos_of_one_name_and_class_are_two(tmp_path):
    for number in range(10):
        name = f'{"ab"[number % 2]}/{number}/clip.mp4'
        write_video(tmp_path / 'mine' / name, 20, seed=number)
    made = data.divide_folder(tmp_path / 'mine', tmp_path / 'work')
    linked = {path.resolve() for path in made.videos.glob('*/*.mp4')}
    assert len(linked) == len(list(made.videos.glob('*/*.mp4'))) > 2


def test_an_error_stops_the_other_seeds(tmp_path, monkeypatch):
    programs = dict(waits='import time; time.sleep(60)', fails='exit(3)')
    started = {}

    def start(words, log):
        log.touch()
        (name,) = words[0]
        started[name] = subprocess.Popen([sys.executable, '-c', programs[name]])
        return started[name]

    monkeypatch.setattr(seeds, '_start', start)
    names = ['waits', 'fails', 'never']
    jobs = {n: [seeds.Command(name, 1, [name])] for n, name in enumerate(names)}
    with pytest.raises(StepError, match='stcr fails failed'):
        seeds.run_seeds(jobs, tmp_path, at_a_time=2)
    assert started.pop('fails').wait() == 3
    assert all(process.wait() < 0 for process in started.values())
    assert 'never' not in started


def test_every_command_is_one_of_the_command_line(tmp_path):
    made = data.Data('toy', tmp_path / 'videos', tmp_path / 'labels.csv', 2)
    commands = seeds.list_commands(made, tmp_path / 'run', 3, demo.TINY)
    for command in commands:
        stcr_cli.parse_args(command.words)
    trained = [c.words for c in commands if c.words[0] == 'finetune']
    assert trained[1] == [*trained[0], '--scratch']  # alike but for the first weights
    assert sum(command.share for command in commands) == pytest.approx(1)


def test_commands_run_in_one_process_until_one_fails(tmp_path, monkeypatch, capfd):
    none = str(tmp_path / 'none')
    first, fails, never = ['preview', '--help'], ['embed', none, none], ['doctor']
    monkeypatch.setattr(stcr_cli, 'main', lambda words: 2 * (words[0] == 'embed'))
    monkeypatch.setattr(sys, 'argv', ['', json.dumps([first, fails, never])])
    assert commands.main() == 2
    told = capfd.readouterr().out
    assert 'stcr embed' in told and 'stcr doctor' not in told
    log = tmp_path / 'log'
    log.write_text(told + told)
    assert seeds._count_started(log, before=len(told)) == 2


def write_results(run, seed, gain):
    """Write what evaluation leaves: so many more are right when pretrained."""
    run.mkdir()
    labels = [0] * 100
    right = np.random.default_rng(seed).permutation(100) < 50
    better = right | (np.random.default_rng(seed + 9).permutation(100) < gain)
    told = [np.where(hits, labels, 1).tolist() for hits in (right, better)]
    for question in report.QUESTIONS:
        file = run / question.file
        found = json.loads(file.read_text()) if file.is_file() else dict(predictions={})
        found['labels'] = labels
        names = question.without, question.pretrained
        found['predictions'] |= dict(zip(names, told, strict=True))
        file.write_text(json.dumps(found))
    return run


def test_answers_are_means_over_seeds_and_videos(tmp_path):
    runs = {s: write_results(tmp_path / f'{s}', s, gain=60) for s in range(3)}
    for answer in report.read_answers(runs).values():
        assert answer.without.mean == 50 and answer.without.seeds == 3
        gain = answer.pretrained.mean - answer.without.mean
        assert answer.difference.mean == pytest.approx(gain)
        assert 0 < answer.difference.low < gain < answer.difference.high


def test_an_interval_is_as_wide_as_chance_makes_it():
    values = (np.random.default_rng(0).random((3, 400)) < 0.3).astype(float)
    found = estimate(values)
    wide = 100 * 1.96 * np.sqrt(0.3 * 0.7 / 1200)
    assert found.mean == pytest.approx(100 * values.mean())
    assert 0.8 * wide < (found.high - found.low) / 2 < 2 * wide


@pytest.mark.parametrize(
    ('low', 'high', 'verdict'),
    [(1, 9, 'helps'), (-9, -1, 'harms'), (-1, 9, 'is unclear')],
)
def test_words_follow_the_interval(low, high, verdict):
    gain = Estimate((low + high) / 2, low, high, 3)
    told = report.conclude({'frozen': report.Answer(gain, gain, gain)})
    assert f'frozen: {verdict}' in told


def test_the_picture_is_drawn(tmp_path):
    runs = {s: write_results(tmp_path / f'{s}', s, gain=60) for s in range(2)}
    report.draw('toy', report.read_answers(runs), 50, tmp_path / 'results.png')
    assert (tmp_path / 'results.png').stat().st_size > 1000


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (['--seeds', '1', '1'], '--seeds must be different'),
        (['--seeds', '-1'], '--seeds must be different and not negative'),
        (['--jobs', '0'], '--jobs must be 1 or more, got 0'),
    ],
)
def test_bad_arguments_are_refused(args, message, capsys):
    with pytest.raises(SystemExit):
        demo.parse_args(args)
    assert message in capsys.readouterr().err


def run_demo(*args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, '-m', 'tools.experiments.demo', *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    words = '--data', tmp_path / 'none', '--work-dir', tmp_path / 'work'
    done = call_tool(demo.main, *words)
    assert done.returncode == 1
    assert str(tmp_path / 'none') in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.slow
def test_the_whole_job_and_that_it_goes_on(folder, tmp_path):
    args = ['--data', folder, '--quick', '--seeds', 0, '--work-dir', tmp_path / 'work']
    done = run_demo(*args)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / 'work' / 'results.json').read_text())
    assert len(results['answers']) == len(report.QUESTIONS)
    assert (tmp_path / 'work' / 'results.png').exists()
    trained = (tmp_path / 'work/seed_0/pretrain/epoch_2.pth').stat().st_mtime_ns
    assert run_demo(*args).returncode == 0
    again = (tmp_path / 'work/seed_0/pretrain/epoch_2.pth').stat().st_mtime_ns
    assert again == trained


def test_the_table_of_runs_has_the_figures_of_the_files():
    kept = dict(without=(6.4, 4, 9, 3), pretrained=(18.5, 15, 23, 3))
    clear = kept | dict(difference=(12.1, 8.1, 16.5, 3))
    unclear = kept | dict(difference=(4.0, -0.4, 8.0, 3))
    nearest, linear, whole = (question.says for question in report.QUESTIONS)
    answers = {nearest: clear, linear: unclear, whole: clear}
    result = dict(seeds=[0, 1, 2], seconds=191, answers=answers)
    *_, row = page.summarize([result])
    cells = '6 → 18, **+12 [+8, +16]** | 6 → 18, +4 [-0, +8] |'
    assert row.startswith(f'| 0, 1, 2 | {cells}') and row.endswith('| 191 s |')
