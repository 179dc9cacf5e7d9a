"""What wheel, source archive and image hold, and what is said about them."""

import email
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from markdown_it import MarkdownIt

from setup import for_pypi
from stcr_mmaction import __version__
from tools.experiments.proven_sets import SETS

ROOT = Path(__file__).parents[1]
HOME = 'https://host/me/it'


def build(root, out):
    out.mkdir(exist_ok=True)
    command = [sys.executable, 'setup.py', '-q', 'egg_info', '--egg-base', out]
    command += ['build', '--build-base', out]
    subprocess.run(list(map(str, command)), cwd=root, check=True)
    return out / 'lib' / 'stcr_mmaction'


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """The package as it is put into a wheel."""
    return build(ROOT, tmp_path_factory.mktemp('build'))


def told(built, name):
    """What setuptools wrote about the package."""
    return (next(built.parents[1].glob('*.egg-info')) / name).read_text()


def test_the_tools_of_users_are_in_it(built):
    packed = built / '.mim' / 'tools'
    for name in ('train.py', 'dist_train.sh', 'data/ucf101.py', 'visualizations/tsne.py'):
        assert (packed / name).read_text() == (ROOT / 'tools' / name).read_text()
    assert (built / '.mim/configs/_base_/default_runtime.py').is_file()
    assert (built / 'apis/switch_on.py').is_file()


def test_the_command_line_and_what_it_needs_are_in_it(built):
    assert (built.parent / 'stcr_cli.py').is_file()
    assert (built / 'apis/own_videos/report.html.jinja').is_file()
    assert (built / 'py.typed').is_file()
    assert 'stcr = stcr_cli:main' in told(built, 'entry_points.txt')


def test_experiments_are_not(built):
    assert not (built / '.mim' / 'tools' / 'experiments').exists()
    assert not list(built.rglob('*.pyc'))


def test_the_source_archive_holds_what_its_tests_need(built):
    held = set(told(built, 'SOURCES.txt').splitlines())
    folders = 'configs', 'docs', 'requirements', 'tests', 'tools'
    needed = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }
    needed |= {'Makefile', 'CHANGELOG.md', '.dockerignore', 'stcr_cli.py'}
    assert needed <= held
    assert 'stcr_mmaction/.mim/configs/_base_/default_runtime.py' in held
    assert not [
        name for name in held if re.match(r'data/|work_dirs/|\.venv|.*\.pyc', name)
    ]


@pytest.mark.parametrize(
    ('text', 'alone', 'linked'),
    [
        ('a [`b`\nc](d/e.md#f)', 'a `b`\nc', f'a [`b`\nc]({HOME}/blob/HEAD/d/e.md#f)'),
        ('[up](#top)', 'up', f'[up]({HOME}/blob/HEAD/README.md#top)'),
        ('[a](b) [c](d)', 'a c', f'[a]({HOME}/blob/HEAD/b) [c]({HOME}/blob/HEAD/d)'),
        ('![a](b.png)', '', f'![a]({HOME}/raw/HEAD/b.png)'),
        ('<img src="a.svg" alt="b">', '', f'<img src="{HOME}/raw/HEAD/a.svg" alt="b">'),
        ('<source srcset="a.png">', '', f'<source srcset="{HOME}/raw/HEAD/a.png">'),
        ('<a href="b">c</a>', 'c', f'<a href="{HOME}/blob/HEAD/b">c</a>'),
        ('[![a](b.svg)](c)', '', f'[![a]({HOME}/raw/HEAD/b.svg)]({HOME}/blob/HEAD/c)'),
        (
            '[![a](https://b/c)](d)',
            '![a](https://b/c)',
            f'[![a](https://b/c)]({HOME}/blob/HEAD/d)',
        ),
    ],
)
def test_relative_links_work_where_there_are_no_files(text, alone, linked):
    assert for_pypi(text, '') == alone
    assert for_pypi(text, HOME) == linked


@pytest.mark.parametrize('text', ['[a](https://b/c.md)', '```\na[0](b)\n```'])
def test_whole_links_and_code_stay_as_they_are(text):
    assert for_pypi(text, '') == for_pypi(text, HOME) == text


def test_no_link_of_the_package_index_is_dead(built):
    shown = email.message_from_string(told(built, 'PKG-INFO')).get_payload()
    page = MarkdownIt().enable('table').render(shown)
    targets = re.findall(r'(?:href|src|srcset)="([^"]*)"', page)
    assert targets and all(target.startswith('https://') for target in targets)
    assert shown.startswith('# stcr_mmaction')


def test_an_image_copies_what_an_installation_needs(tmp_path):
    listed = (ROOT / '.dockerignore').read_text()
    ignore = shutil.ignore_patterns('__pycache__')
    for name in re.findall('^!(.+)', listed, re.MULTILINE):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, tmp_path / name, symlinks=True, ignore=ignore)
        else:
            shutil.copyfile(ROOT / name, tmp_path / name)
    built = build(tmp_path, tmp_path / 'out')
    assert (built / '.mim/tools/train.py').is_file()
    assert (tmp_path / 'requirements/pinned.txt').is_file()


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / 'CITATION.cff').read_text())
    changes = (ROOT / 'CHANGELOG.md').read_text()
    newest = re.search(r'^## \[(\d.*)\] - (.+)$', changes, re.MULTILINE)
    released = str(citation['date-released'])
    assert newest.groups() == (citation['version'], released) == (__version__, released)


def test_linters_are_of_one_version():
    config = yaml.safe_load((ROOT / '.pre-commit-config.yaml').read_text())
    (pinned,) = re.findall('ruff==(.+)', (ROOT / 'requirements/common.txt').read_text())
    assert config['repos'][0]['rev'] == f'v{pinned}'


def test_workflows_call_what_there_is():
    text = (ROOT / '.github/workflows/tests.yml').read_text()
    jobs = yaml.safe_load(text)['jobs'].values()
    steps = [step.get('run', '') for job in jobs for step in job['steps']]
    targets = re.findall(r'make (\w+)', ' '.join(steps))
    makefile = (ROOT / 'Makefile').read_text()
    assert targets and all(re.search(f'^{name}:', makefile, re.M) for name in targets)
    assert set(re.findall(r'ARGS=(\S+)', text)) <= set(SETS)
