"""Hours are arithmetic on steps that were timed, and the page has them."""

import pytest

from tools.experiments import ROOT, training_hours


def test_an_epoch_of_steps_takes_their_sum():
    steps = 9537 / 32
    assert training_hours.hours(step_ms=1000, epochs=1) == pytest.approx(steps / 3600)
    assert training_hours.hours(50, 200) == pytest.approx(10 * steps / 3600)


def test_what_was_not_timed_is_not_told():
    rows = [line.split(' | ') for line in training_hours.make_table()[2:]]
    timed = {row[0].strip('| ') for row in rows if row[1].endswith(' ms')}
    assert timed == {'r3d-vcop', 'r2plus1d-vcop'}
    assert len(rows) == 5
    assert all(row[1:] == ['not measured', '200', '–', '– |'] for row in rows
               if row[0].strip('| ') not in timed)  # fmt: skip


def test_the_page_has_the_table():
    page = (ROOT / 'docs/published.md').read_text()
    table = '\n'.join(training_hours.make_table())
    assert table in page, 'run python -m tools.experiments.training_hours'
