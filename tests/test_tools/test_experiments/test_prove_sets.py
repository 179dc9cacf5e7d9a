import json
import re
import subprocess
import sys

import pytest
from packaging.version import Version

from tools.experiments import ROOT, prove_sets, proven_sets, proven_sets_page
from tools.experiments.prove_sets import is_code_of, read_report, run_tests
from tools.experiments.proven_sets import REQUIREMENTS, SETS, make_environment

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
        assert Version(oldest[package]) == Version(bounds[package]), package


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


GOOD = '<testcase/>'
BAD = '<testcase classname="a" name="b"><failure/></testcase>'
LEFT_OUT = '<testcase><skipped/></testcase>'


@pytest.mark.parametrize(
    ('status', 'cases', 'failures'),
    [
        (0, GOOD + LEFT_OUT, []),
        (1, GOOD + BAD, ['a::b']),
        (1, GOOD, ['pytest: status 1, 1 passed']),
        (2, GOOD + BAD, ['a::b', 'pytest: status 2, 1 passed']),
        (0, GOOD + BAD, ['a::b', 'pytest: status 0, 1 passed']),
        (0, LEFT_OUT, ['pytest: status 0, 0 passed']),
        (5, '', ['pytest: status 5, 0 passed']),
        (-9, GOOD, ['pytest: status -9, 1 passed']),
    ],
)
def test_a_set_is_good_only_if_pytest_says_so(
    tmp_path, monkeypatch, status, cases, failures
):
    def end(*command, **options):
        report = f'<testsuites><testsuite time="1">{cases}</testsuite></testsuites>'
        (tmp_path / 'tests.xml').write_text(report)
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(prove_sets, 'call', end)
    assert run_tests(tmp_path / 'bin' / 'python', [])['failures'] == failures


def test_new_files_of_code_are_other_code(tmp_path, monkeypatch):
    monkeypatch.setattr(proven_sets, 'ROOT', tmp_path)
    git = ['git', '-c', 'user.name=a', '-c', 'user.email=a@b.c']
    (tmp_path / 'old.py').touch()
    for words in (['init', '-q'], ['add', '.'], ['commit', '-qm', 'All']):
        subprocess.run([*git, *words], cwd=tmp_path, check=True)
    (tmp_path / 'docs').mkdir()
    (tmp_path / 'docs' / 'new.py').touch()
    assert is_code_of('HEAD')
    (tmp_path / 'new.py').touch()
    assert not is_code_of('HEAD')


def test_chosen_tests_are_run_and_no_proof_is_replaced(tmp_path, monkeypatch):
    proof = tmp_path / 'default.json'
    proof.write_text('whole')
    monkeypatch.setattr(prove_sets, 'RESULTS', tmp_path)
    monkeypatch.setattr(prove_sets, 'write_page', pytest.fail)
    monkeypatch.setattr(prove_sets, 'is_proven', pytest.fail)
    asked = []

    def prove(chosen, environment, arguments):
        asked.append(arguments)
        return TOLD

    monkeypatch.setattr(prove_sets, 'prove', prove)
    monkeypatch.setattr(sys, 'argv', ['prove_sets.py', 'default', '--tests', '-k some'])
    assert prove_sets.main() == 1
    assert asked == [['-k', 'some']]
    assert proof.read_text() == 'whole'


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
