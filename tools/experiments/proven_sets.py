"""The sets of packages that work together, and their environments."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from . import ROOT

REQUIREMENTS = ROOT / 'requirements'


class ProvenSet(NamedTuple):
    """Packages that work together.

    Attributes:
        python (str): Python version, such as 3.11.
        requirements (str): File in the folder ``requirements``.
        alone (str, optional): File of packages to install without dependencies.
    """

    python: str
    requirements: str
    alone: str | None = None


SETS = {
    'default': ProvenSet('3.11', 'pinned.txt'),
    'numpy1': ProvenSet('3.11', 'numpy1.txt'),
    'oldest': ProvenSet('3.10', 'oldest.txt'),
    'newest': ProvenSet('3.13', 'newest.txt'),
    'newest-fork': ProvenSet('3.13', 'newest_fork.txt', 'newest_fork_alone.txt'),
}


def call(*command: str | Path, **options: Any) -> subprocess.CompletedProcess:
    """Print a command and run it in the folder of the project.

    Raises:
        CalledProcessError: If it fails, unless `check` is False.
    """
    print('+', *command, file=sys.stderr, flush=True)
    options = dict(check=True, cwd=ROOT, text=True) | options
    return subprocess.run(list(map(str, command)), **options)


def answer(*command: str | Path) -> str:
    """Run a command by `call` and return its output."""
    return call(*command, stdout=subprocess.PIPE).stdout.strip()


def make_environment(chosen: ProvenSet, environment: Path) -> Path:
    """Install a set into an empty environment, unless it is installed already.

    Args:
        chosen (ProvenSet): The set.
        environment (Path): Folder of the environment.

    Returns:
        Path: The environment's Python.

    Raises:
        FileNotFoundError: If the set's Python is not on the path.
        CalledProcessError: If the packages cannot be installed.
    """
    python, installed = environment / 'bin' / 'python', environment / '.installed'
    files = ('common.txt', chosen.requirements, chosen.alone)
    wanted = ''.join((REQUIREMENTS / name).read_text() for name in files if name)
    if installed.is_file() and installed.read_text() == wanted:
        return python
    base = shutil.which(f'python{chosen.python}')
    if base is None:
        raise FileNotFoundError(f'python{chosen.python} is not on the path')
    call(base, '-m', 'venv', '--clear', environment)
    pip = [python, '-m', 'pip', 'install', '--quiet']
    call(*pip, '-r', REQUIREMENTS / chosen.requirements)
    if chosen.alone:
        call(*pip, '--no-deps', '-r', REQUIREMENTS / chosen.alone)
    call(*pip, '--no-build-isolation', '--no-deps', '-e', '.')
    installed.write_text(wanted)
    return python


def versions(python: Path) -> dict[str, str]:
    """Return the versions of an environment's Python and packages."""
    listed = json.loads(answer(python, '-m', 'pip', 'list', '--format=json'))
    number = answer(python, '-c', 'import platform; print(platform.python_version())')
    return dict(Python=number) | {each['name']: each['version'] for each in listed}
