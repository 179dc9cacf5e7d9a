"""Install the proven sets of packages into new environments, and run the tests there.

    python -m tools.experiments.prove_sets                   # all sets
    python -m tools.experiments.prove_sets default oldest    # some
    python -m tools.experiments.prove_sets --page            # the page alone

After each set, it writes a result file and the page of all results. A set that was proven
with the same code is skipped, so an interrupted call can be repeated. With ``--tests``
only the chosen tests are run, and nothing is written. Needs git and the Pythons of the
sets on the path, but no packages.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from . import ROOT
from .proven_sets import SETS, ProvenSet, answer, call, make_environment, versions
from .proven_sets_page import RESULTS, write_page


def is_code_of(commit: str) -> bool:
    """Whether the present code, apart from docs, is that of a commit."""
    code = ('--', '*.py', ':!docs')
    differs = call(*('git', 'diff', '--quiet', commit, '--', '.', ':!docs'), check=False)
    new = answer('git', 'ls-files', '--others', '--exclude-standard', *code)
    return differs.returncode == 0 and not new


def is_proven(result: Path) -> bool:
    """Whether the tests of a set passed with the present code."""
    if not result.is_file():
        return False
    told = json.loads(result.read_text())
    return not told['failures'] and is_code_of(told['commit'])


def run_tests(python: Path, arguments: Sequence[str]) -> dict:
    """Run the tests in two processes with one thread each.

    Args:
        python (Path): The environment's Python.
        arguments (Sequence[str]): More arguments of pytest.

    Returns:
        dict: Result of `read_report`. If pytest ended abnormally, or no test passed, this
        is in `failures`.

    Raises:
        FileNotFoundError: If pytest did not write a report.
    """
    report = python.parents[1] / 'tests.xml'
    report.unlink(missing_ok=True)
    ended = call(
        *(python, '-m', 'pytest', '-q', '-n', '2', f'--junitxml={report}', *arguments),
        env=os.environ | dict(OMP_NUM_THREADS='1'),
        check=False,
    )
    told = read_report(report)
    passed = told['counts']['passed']
    if ended.returncode != bool(told['failures']) or not passed:
        told['failures'].append(f'pytest: status {ended.returncode}, {passed} passed')
    return told


def read_report(report: Path) -> dict:
    """Read a JUnit report of pytest.

    Args:
        report (Path): The file.

    Returns:
        dict: `seconds`; `counts`, the number of tests `passed`, `failed` (errors too) and
        `skipped`; `failures`, names of failed tests.
    """
    root = ElementTree.parse(report).getroot()
    outcomes = dict(failure='failed', error='failed', skipped='skipped')
    counts = Counter(passed=0, failed=0, skipped=0)
    failures = []
    for case in root.iter('testcase'):
        told = [outcomes[part.tag] for part in case if part.tag in outcomes]
        outcome = min(told, default='passed')
        counts[outcome] += 1
        if outcome == 'failed':
            failures.append(f'{case.get("classname")}::{case.get("name")}')
    seconds = sum(float(suite.get('time')) for suite in root.iter('testsuite'))
    return dict(seconds=round(seconds), counts=dict(counts), failures=failures)


def prove(chosen: ProvenSet, environment: Path, arguments: Sequence[str]) -> dict:
    """Install a set, import the package, run the tests; return the results."""
    commit = answer('git', 'rev-parse', '--short', 'HEAD')
    changed = '' if is_code_of('HEAD') else '+'
    start = time.monotonic()
    python = make_environment(chosen, environment)
    ready = time.monotonic()
    call(python, '-c', 'import stcr_mmaction')
    return dict(
        commit=commit + changed,
        date=time.strftime('%Y-%m-%d'),
        requirements=[name for name in chosen[1:] if name],
        install_seconds=round(ready - start),
        versions=versions(python),
        **run_tests(python, arguments),
    )


def keep(found: dict, result: Path) -> None:
    """Write the result file of a set, and the page."""
    result.parent.mkdir(parents=True, exist_ok=True)
    result.write_text(json.dumps(found, indent=1) + '\n')
    write_page()


def main() -> int:
    """Prove the chosen sets; the exit status is 1 if one fails."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n\n')[0])
    parser.add_argument('names', nargs='*', metavar='SET', help=f'of {", ".join(SETS)}')
    parser.add_argument('--environments', type=Path, default=ROOT / '.venvs')
    parser.add_argument('--page', action='store_true', help='only write the page')
    parser.add_argument('--tests', default='', help='arguments of pytest, such as -k')
    options = parser.parse_args()
    if unknown := set(options.names) - set(SETS):
        parser.error(f'there is no set {unknown.pop()!r}, but {", ".join(SETS)}')
    failed = []
    for name in [] if options.page else options.names or SETS:
        result = RESULTS / f'{name}.json'
        if not options.tests and is_proven(result):
            print(f'{name} is proven already: {result}')
            continue
        try:
            found = prove(SETS[name], options.environments / name, options.tests.split())
        except (OSError, subprocess.CalledProcessError) as error:
            print(f'{name} cannot be tested: {error}', file=sys.stderr)
            failed.append(name)
            continue
        print(name, found['counts'], *found['failures'], sep='\n')
        if not options.tests:
            keep(found, result)
        failed += [name] if found['failures'] else []
    if not options.tests:
        write_page()
    print(f'failed: {", ".join(failed)}' if failed else 'no set failed')
    return bool(failed)


if __name__ == '__main__':
    sys.exit(main())
