"""The progress of a real training loop of mmengine, on a terminal and in a file."""

import io
import logging
import os
import re
import sys
import threading
from contextlib import contextmanager

import pytest
from mmaction.registry import METRICS
from mmengine.evaluator import BaseMetric

from stcr_mmaction.engine import ProgressHook
from stcr_mmaction.engine.hooks.progress_line import clock

from ..small_runs import Views, logged, make_runner


@METRICS.register_module()
class HalfRight(BaseMetric):
    """Finds half of the videos recognized, whatever they are."""

    default_prefix = 'acc'

    def process(self, data_batch, data_samples):
        """Count the videos."""
        self.results += data_samples

    def compute_metrics(self, results):
        """Tell the figure."""
        return dict(top1=0.5)


def validation():
    loader = dict(
        dataset=Views(),
        batch_size=12,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='pseudo_collate'),
    )
    return dict(
        val_dataloader=loader,
        val_cfg=dict(type='ValLoop'),
        val_evaluator=dict(type='HalfRight'),
    )


def level(runner):
    (handler,) = (h for h in runner.logger.handlers if type(h) is logging.StreamHandler)
    return handler.level, handler.stream


@contextmanager
def terminal(monkeypatch, columns=120):
    """Make both streams a terminal; yield what it was sent, once it is closed."""
    monkeypatch.setenv('COLUMNS', str(columns))
    monkeypatch.setenv('TERM', 'xterm')
    ours, theirs = os.openpty()
    sent = io.BytesIO()

    def keep():
        try:
            while received := os.read(ours, 4096):
                sent.write(received)
        except OSError:  # how Linux says that the other side is closed
            pass

    reader = threading.Thread(target=keep)
    reader.start()
    with monkeypatch.context() as patch, os.fdopen(theirs, 'w') as stream:
        patch.setattr(sys, 'stdout', stream)
        patch.setattr(sys, 'stderr', stream)
        yield sent
    reader.join()
    os.close(ours)


def drawn(sent):
    """Return the lines that a terminal was sent, without colors and movements."""
    text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', sent.getvalue().decode())
    return [line.strip() for line in re.split(r'[\r\n]+', text) if line.strip()]


def test_a_file_gets_a_line_at_the_start_each_validation_and_the_end(tmp_path, capsys):
    runner = make_runner(tmp_path, [ProgressHook('toy')], **validation())
    before = level(runner)
    capsys.readouterr()
    runner.train()
    assert level(runner) == before
    first, *validated, last = capsys.readouterr().err.splitlines()
    assert first == 'toy, 24 videos, 2 epochs of 6 iterations'
    for epoch, line in enumerate(validated, start=1):
        start = f'epoch {epoch}/2, iteration {6 * epoch}/12, 0:00:'
        assert line.startswith(start)
        rest = r'\d\d left, loss [0-9.e-]+, accuracy 50\.0%, [0-9.e+]+ videos/s'
        assert re.fullmatch(rest, line.removeprefix(start))
    assert len(validated) == 2
    assert re.fullmatch(r'toy: done in 0:00:\d\d, loss [0-9.e-]+, accuracy 50\.0%', last)


def test_the_loss_is_the_mean_of_what_was_logged(tmp_path, capsys):
    make_runner(tmp_path, [ProgressHook('toy')], epochs=1).train()
    told = float(re.search(r'loss (\S+)', capsys.readouterr().err.splitlines()[-1])[1])
    losses = [line['loss'] for line in logged(tmp_path)]  # each the mean of up to 10
    assert told == pytest.approx(losses[-1], rel=1e-3)


class TenSeconds(ProgressHook):
    """Has a clock on which each iteration takes ten seconds."""

    now = 0

    def after_train_iter(self, runner, batch_idx, *args, **kwargs):
        """Let the time pass, then count."""
        TenSeconds.now += 10
        super().after_train_iter(runner, batch_idx, *args, **kwargs)


def test_lines_in_a_file_are_an_interval_apart(tmp_path, capsys, monkeypatch):
    clock_of = 'stcr_mmaction.engine.hooks.progress.monotonic'
    monkeypatch.setattr(clock_of, lambda: TenSeconds.now)
    make_runner(tmp_path, [TenSeconds('toy', interval=30)]).train()
    _, *lines, last = capsys.readouterr().err.splitlines()
    places = [(step, 10 * (12 - step)) for step in (3, 6, 9, 12)]
    for line, (step, left) in zip(lines, places, strict=True):
        assert f'iteration {step}/12, {clock(left)} left' in line
        assert line.endswith(', 0.4 videos/s')  # four each ten seconds
    assert last.startswith('toy: done in 0:02:00, loss')


def test_the_console_is_quiet_and_the_log_file_is_not(tmp_path, capsys):
    hooks = [ProgressHook('toy'), dict(type='CollapseMonitorHook', window=8)]
    runner = make_runner(tmp_path, hooks, epochs=1)
    capsys.readouterr()
    runner.train()
    told = 'CollapseMonitorHook logs spread'
    assert told not in capsys.readouterr().out
    assert told in next(tmp_path.rglob('*.log')).read_text()


@pytest.mark.parametrize('on_terminal', [False, True])
def test_all_is_as_before_when_training_fails(tmp_path, monkeypatch, on_terminal):
    dataset = Views(nan_at=9)
    hooks = [ProgressHook('toy'), dict(type='FiniteLossHook')]
    with terminal(monkeypatch) if on_terminal else monkeypatch.context():
        streams = sys.stdout, sys.stderr
        runner = make_runner(tmp_path, hooks, dataset)
        before = level(runner)
        with pytest.raises(FloatingPointError, match='not finite at iteration 3'):
            runner.train()
        assert level(runner) == before
        assert (sys.stdout, sys.stderr) == streams


class Warning3(ProgressHook):
    """Warns after the third iteration."""

    def after_train_iter(self, runner, batch_idx, *args, **kwargs):
        """Warn, then count."""
        if batch_idx == 2:
            runner.logger.warning('look [here]')
        super().after_train_iter(runner, batch_idx, *args, **kwargs)


def test_a_terminal_shows_one_line_and_warnings_above_it(tmp_path, monkeypatch):
    monkeypatch.setattr('stcr_mmaction.engine.hooks.progress.REDRAW', 0)
    with terminal(monkeypatch) as sent:
        runner = make_runner(tmp_path, [Warning3('toy [x]')], **validation())
        runner.train()
    lines = drawn(sent)
    lines = lines[lines.index('toy [x], 24 videos, 2 epochs of 6 iterations') :]
    steps = [line for line in lines if 'iteration ' in line]
    for step in range(1, 13):
        assert any(f'iteration {step}/12' in line for line in steps)
    assert any('validating' in line for line in steps)
    assert any('accuracy 50.0%' in line for line in steps)
    warned = next(n for n, line in enumerate(lines) if 'look [here]' in line)
    assert 'WARNING' in lines[warned]
    assert 'iteration 2/12' in lines[warned + 1]  # is drawn again below
    assert lines[-1].startswith('toy [x]: done in 0:00:')
    assert not any('INFO' in line for line in lines)


def test_a_terminal_that_is_narrow_gets_one_line_still(tmp_path, monkeypatch):
    monkeypatch.setattr('stcr_mmaction.engine.hooks.progress.REDRAW', 0)
    with terminal(monkeypatch, columns=50) as sent:
        make_runner(tmp_path, [ProgressHook('toy')]).train()
    steps = [line for line in drawn(sent) if 'iteration ' in line]
    assert max(map(len, steps)) <= 50


def test_a_resumed_run_says_where_it_goes_on(tmp_path, capsys):
    make_runner(tmp_path, [], epochs=1).train()
    runner = make_runner(tmp_path / 'more', [ProgressHook('toy')])
    runner.resume(str(tmp_path / 'epoch_1.pth'))
    capsys.readouterr()
    runner.train()
    first = capsys.readouterr().err.splitlines()[0]
    assert first.endswith('2 epochs of 6 iterations, going on at iteration 6')


def test_training_by_iterations_has_no_epochs(tmp_path, capsys):
    hook = ProgressHook('toy', interval=1e-9)
    runner = make_runner(tmp_path, [hook])
    runner._train_loop = dict(type='IterBasedTrainLoop', max_iters=3)
    capsys.readouterr()
    runner.train()
    told = capsys.readouterr().err
    assert told.startswith('toy, 24 videos, 3 iterations\niteration 1/3, loss ')
    assert 'epoch' not in told


def test_other_processes_show_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(
        'stcr_mmaction.engine.hooks.progress.is_main_process', lambda: False
    )
    make_runner(tmp_path, [ProgressHook('toy')], epochs=1).train()
    assert capsys.readouterr().err == ''


def test_a_test_alone_shows_nothing(tmp_path, capsys):
    runner = make_runner(tmp_path, [ProgressHook('toy')], **validation())
    runner.val()
    assert 'toy' not in capsys.readouterr().err


def test_hours_are_told():
    assert (clock(0.4), clock(3725)) == ('0:00:00', '1:02:05')


def test_an_interval_of_nothing_is_refused():
    with pytest.raises(ValueError, match='interval must be above 0, got 0'):
        ProgressHook('toy', interval=0)
