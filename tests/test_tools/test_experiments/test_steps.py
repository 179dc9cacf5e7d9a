"""The steps that the demo and the experiments are made of."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tools.experiments import steps

TWO = [{}, {}]
"""Two processes at a time."""


def python_step(folder: Path, code: str, name: str = 'a step') -> steps.Step:
    return steps.Step(name, folder, lambda: [sys.executable, '-c', code])


def appending(path: Path, text: str) -> str:
    return f'open({str(path)!r}, "a").write({text!r})'


def test_a_step_runs_once(tmp_path):
    step = python_step(tmp_path / 'step', appending(tmp_path / 'runs', 'x'))
    assert [steps.run_step(step), steps.run_step(step)] == [True, False]
    assert (tmp_path / 'runs').read_text() == 'x'
    assert step.seconds > 0


def test_a_step_sees_the_environment_and_writes_its_log(tmp_path):
    step = python_step(tmp_path, 'import os; print("it is", os.environ["COLOR"])')
    steps.run_step(step, env=dict(COLOR='green'))
    assert step.log.read_text() == 'it is green\n'


def test_a_failure_shows_the_end_of_the_log_and_can_be_repeated(tmp_path):
    code = 'for i in range(99): print("line", i)\nraise SystemExit(3)'
    step = python_step(tmp_path, code, name='fine-tune')
    with pytest.raises(steps.StepError) as error:
        steps.run_step(step)
    for part in ("'fine-tune' failed with exit status 3", 'line 98', str(step.log)):
        assert part in str(error.value)
    assert 'line 0\n' not in str(error.value)
    assert not step.marker.exists()


def test_progress_is_read_off_the_log(tmp_path):
    log = tmp_path / 'log.txt'
    log.write_text('x\n... Epoch(train)  [1][20/50]  lr: 1\n Epoch(train) [3][40/50] l')
    assert steps._progress_of(log) == 'Epoch(train) [3][40/50]'


def numbered(folder: Path, names: str, failing: str = '') -> list[steps.Step]:
    """Make steps that each come after the one before and write their name to a file."""
    chain = []
    for name in names.split():
        code = appending(folder / name[0], name)
        code += f'\nraise SystemExit({int(name == failing)})'
        after = chain[-1] if chain else None
        step = python_step(folder / f'{name}_dir', code, name)
        chain.append(replace(step, after=after))
    return chain


def test_steps_run_in_order_and_a_failure_ends_what_comes_after(tmp_path):
    good = numbered(tmp_path, 'a1 a2 a3')
    assert steps.run_steps(good[::-1], TWO) == []
    assert (tmp_path / 'a').read_text() == 'a1a2a3'
    with pytest.raises(steps.StepError, match="'b2' failed"):
        steps.run_steps(numbered(tmp_path, 'b1 b2 b3', failing='b2'), TWO)
    assert (tmp_path / 'b').read_text() == 'b1b2'


def test_a_failure_stops_what_runs_beside_it_and_starts_nothing_new(tmp_path):
    long = python_step(tmp_path / 'long', 'import time; time.sleep(60)')
    bad = python_step(tmp_path / 'bad', 'raise SystemExit(1)', 'bad')
    late = python_step(tmp_path / 'late', 'import time; time.sleep(60)')
    started = time.perf_counter()
    with pytest.raises(steps.StepError, match="'bad' failed"):
        steps.run_steps([long, bad, late], TWO)
    assert time.perf_counter() - started < 30
    assert not long.is_done


def test_keeping_going_a_failure_leaves_the_others_alone_and_all_are_told(tmp_path):
    chains = [
        *numbered(tmp_path, 'a1 a2 a3', failing='a2'),
        *numbered(tmp_path, 'b1 b2'),
        *numbered(tmp_path, 'c1', failing='c1'),
    ]
    done = []
    errors = steps.run_steps(chains, TWO, keep_going=True, on_done=done.append)
    assert sorted(str(error).split("'")[1] for error in errors) == ['a2', 'c1']
    assert {step.name for step in done} == {'a1', 'b1', 'b2'}
    assert (tmp_path / 'b').read_text() == 'b1b2'


def test_each_process_gets_a_place_of_its_own(tmp_path):
    code = f"""
import os, pathlib, time
place = pathlib.Path({str(tmp_path)!r}) / os.environ['PLACE']
place.mkdir()  # fails if another step is in it
time.sleep(0.2)
place.rmdir()"""
    many = [python_step(tmp_path / f'step_{i}', code) for i in range(5)]
    steps.run_steps(many, [dict(PLACE='left'), dict(PLACE='right')])
    assert all(step.is_done for step in many)


def test_time_adds_up_over_the_runs_of_a_step(tmp_path):
    code = f"""
import pathlib, time
time.sleep(0.3)
first = pathlib.Path({str(tmp_path / 'first')!r})
raise SystemExit(0 if first.exists() else first.touch() or 1)"""
    step = python_step(tmp_path / 'step', code)
    with pytest.raises(steps.StepError):
        steps.run_step(step)
    steps.run_step(step)
    assert step.seconds > 0.6


def test_two_commands_do_not_work_in_one_folder(tmp_path):
    wait = 'import time; time.sleep(1.5)'
    one, other = (python_step(tmp_path, wait) for _ in range(2))
    errors = steps.run_steps([one, other], TWO, keep_going=True)
    assert ['another process works in' in str(error) for error in errors] == [True]


def make_work_dir(folder: Path, checkpoint: str) -> Path:
    """Make a work directory as a training leaves it that ran somewhere else."""
    folder.mkdir()
    (folder / 'last_checkpoint').write_text(f'/elsewhere/{checkpoint}\n')
    return folder


def test_training_starts_from_the_pretraining_but_resumes_from_itself(tmp_path):
    config, folder = Path('some.py'), tmp_path / 'run'
    pretrained = make_work_dir(tmp_path / 'pretrain', 'epoch_8.pth')
    before = steps.train_step('pretrain', config, pretrained, 5)
    step = steps.train_step('fine-tune', config, folder, 5, before, ['a.b=1'])
    assert step.after is before
    first = step.command()
    assert first[-3:] == ['--cfg-options', 'a.b=1', f'load_from={pretrained}/epoch_8.pth']
    assert first[first.index('--seed') + 1] == '5'
    make_work_dir(folder, 'epoch_2.pth')
    resumed = step.command()
    assert resumed[resumed.index('--resume') + 1] == f'{folder}/epoch_2.pth'
    assert not any('load_from' in word for word in resumed)
    assert resumed[-2:] == ['--cfg-options', 'a.b=1']


def test_metrics_are_those_of_the_last_test(tmp_path):
    for stamp, top1 in (('20260101_000000', 0.25), ('20260102_000000', 0.5)):
        (tmp_path / stamp / 'vis_data').mkdir(parents=True)
        (tmp_path / stamp / f'{stamp}.json').write_text(json.dumps({'acc/top1': top1}))
    assert steps.read_metrics(tmp_path) == {'acc/top1': 0.5}
    with pytest.raises(steps.StepError, match='no metrics in'):
        steps.read_metrics(tmp_path / 'nothing')
