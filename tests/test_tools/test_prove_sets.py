import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))

import proven_sets_page  # noqa: E402
from prove_sets import read_report  # noqa: E402
from proven_sets import REQUIREMENTS, SETS, make_environment  # noqa: E402

TESTS = """
import pytest
def test_good(): pass
def test_bad(): assert False
@pytest.fixture
def broken(): raise ValueError
def test_error(broken): pass
@pytest.mark.skip
def test_left_out(): pass
"""
TOLD = dict(
    commit='abc1234',
    date='2026-01-31',
    requirements=['newest_fork.txt', 'newest_fork_alone.txt'],
    install_seconds=60,
    versions=dict(Python='3.13.0', numpy='2.5.0', torch='2.13.0'),
    arguments='',
    seconds=90,
    counts=dict(passed=2000, failed=1, skipped=3),
    failures=['tests.test_some::test_it'],
)


def pins(name):
    """Return the versions that a file of requirements and those it takes in name."""
    text = (REQUIREMENTS / name).read_text()
    found = {}
    for other in re.findall('^-r (.+)', text, re.M):
        found |= pins(other)
    return found | dict(re.findall('^([^#=\n]+)==([^ \n]+)', text, re.M))


def test_the_oldest_set_has_the_lower_bounds_of_setup():
    bounds = dict(
        re.findall("'([a-zA-Z0-9_-]+)[>=]=([0-9.]+)", (ROOT / 'setup.py').read_text())
    )
    oldest = pins('oldest.txt')
    for package in ('torch', 'numpy', 'mmengine', 'mmaction2', 'av', 'scikit-learn'):
        assert f'{oldest[package]}.0'.startswith(f'{bounds[package]}.'), package


@pytest.mark.parametrize('name', SETS)
def test_both_wheels_of_opencv_are_equal(name):
    found = pins(SETS[name].requirements)
    assert found['opencv-python'] == found['opencv-contrib-python']


def test_outcomes_are_counted_and_failures_named(tmp_path):
    (tmp_path / 'test_some.py').write_text(TESTS)
    command = [sys.executable, '-m', 'pytest', '-q', '--junitxml=told.xml']
    subprocess.run(command, cwd=tmp_path, capture_output=True)
    told = read_report(tmp_path / 'told.xml')
    assert told['counts'] == dict(passed=1, failed=2, skipped=1)
    assert told['failures'] == ['test_some::test_bad', 'test_some::test_error']


def test_the_page_has_a_column_for_each_set_and_names_what_fails(tmp_path, monkeypatch):
    monkeypatch.setattr(proven_sets_page, 'DOCS', tmp_path)
    monkeypatch.setattr(proven_sets_page, 'RESULTS', tmp_path / 'proven_sets')
    (tmp_path / 'proven_sets').mkdir()
    good = TOLD | dict(counts=dict(passed=7, failed=0, skipped=0), failures=[])
    for name, told in dict(new=TOLD, old=good).items():
        (tmp_path / 'proven_sets' / f'{name}.json').write_text(json.dumps(told))
    proven_sets_page.write_page()
    page = (tmp_path / 'proven_sets.md').read_text()
    assert '|  | new | old |' in page
    assert '| numpy | 2.5.0 | 2.5.0 |' in page
    assert '| failed | 1 | 0 |' in page
    assert 'mmengine' not in page.replace('mmengine.', '')
    assert '--no-deps -r requirements/newest_fork_alone.txt' in page
    assert 'fails in new\n\n- `tests.test_some::test_it`' in page
    assert 'fails in old' not in page


def test_a_python_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv('PATH', str(tmp_path))
    with pytest.raises(FileNotFoundError, match='python3.13 is not on the path'):
        make_environment(SETS['newest'], tmp_path / 'environment')
