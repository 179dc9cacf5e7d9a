"""What a training logged, read from logs as mmengine writes them."""

import json

import pytest

from stcr_mmaction.apis.scalars import read_scalars, read_series

KEY = 'frozen/retrieval_top1'


def write_log(work_dir, lines, stamp='20260101_000000'):
    path = work_dir / stamp / 'vis_data' / 'scalars.json'
    path.parent.mkdir(parents=True)
    path.write_text(''.join(f'{json.dumps(line)}\n' for line in lines))


def trained(step, epoch=None, **figures):
    line = dict(lr=0.1, time=0.2, **figures, iter=step, step=step)
    return line if epoch is None else dict(line, epoch=epoch)


def validated(step, value):
    return {KEY: value, 'time': 0.1, 'data_time': 0.1, 'step': step}


def test_a_validation_by_epoch_is_put_at_the_end_of_its_epoch(tmp_path):
    lines = []
    for epoch in (1, 2, 3):  # 25 iterations each, every tenth is logged
        steps = [25 * (epoch - 1) + n for n in (10, 20)]
        lines += [trained(step, epoch, loss=1 / step) for step in steps]
        lines.append(validated(epoch, epoch / 10))
    write_log(tmp_path, lines)
    series = read_series(tmp_path)
    assert series[KEY] == {25: 0.1, 50: 0.2, 75: 0.3}
    assert list(series['loss']) == [10, 20, 35, 45, 60, 70]


def test_a_single_epoch_puts_it_behind_what_was_logged(tmp_path):
    write_log(tmp_path, [trained(10, 1, loss=1), trained(20, 1, loss=1), validated(1, 1)])
    assert read_series(tmp_path)[KEY] == {20: 1}


def test_a_validation_by_iteration_is_put_where_it_says(tmp_path):
    lines = [trained(10, loss=1), validated(15, 0.5), trained(20, loss=1)]
    write_log(tmp_path, lines)
    assert read_series(tmp_path)[KEY] == {15: 0.5}


def test_a_resumed_training_is_one_curve_and_its_last_word_counts(tmp_path):
    first = [trained(5, 1, loss=5.0), trained(15, 2, loss=4.0), validated(2, 0.1)]
    again = [trained(15, 2, loss=3.0), validated(2, 0.4), trained(25, 3, loss=2.0)]
    write_log(tmp_path, first, '20260101_000000')
    write_log(tmp_path, again, '20260101_000001')
    series = read_series(tmp_path)
    assert list(series['loss'].items()) == [(5, 5.0), (15, 3.0), (25, 2.0)]
    assert series[KEY] == {20: 0.4}


def test_a_folder_without_a_log_is_named(tmp_path):
    assert read_scalars(tmp_path) == []
    with pytest.raises(ValueError, match=f'{tmp_path} has no .*scalars.json'):
        read_series(tmp_path)
