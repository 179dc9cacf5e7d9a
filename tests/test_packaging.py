"""What a wheel holds."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope='module')
def built(tmp_path_factory):
    """The package as it is put into a wheel."""
    out = tmp_path_factory.mktemp('build')
    command = [sys.executable, 'setup.py', '-q', 'egg_info', '--egg-base', out]
    command += ['build', '--build-base', out]
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True)
    return out / 'lib' / 'stcr_mmaction'


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
    points = next(built.parents[1].glob('*.egg-info')) / 'entry_points.txt'
    assert 'stcr = stcr_cli:main' in points.read_text()


def test_experiments_are_not(built):
    assert not (built / '.mim' / 'tools' / 'experiments').exists()
    assert not list(built.rglob('*.pyc'))
