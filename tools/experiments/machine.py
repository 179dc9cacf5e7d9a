"""Describe the machine and share it between jobs."""

import os
import platform
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import torch

from . import ROOT

# Only one of mmengine and onedl-mmengine is installed.
PACKAGES = ('mmaction2', 'mmengine', 'onedl-mmengine', 'torch', 'numpy')
VERSION_FILE = ROOT / 'stcr_mmaction' / 'version.py'


def count_cpus() -> int:
    """Count the processors that this process may use."""
    if hasattr(os, 'sched_getaffinity'):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def hardware() -> dict[str, object]:
    """Describe the hardware."""
    cuda = torch.cuda.is_available()
    return dict(
        device=torch.cuda.get_device_name(0) if cuda else 'cpu',
        processor=platform.processor() or platform.machine(),
        cpu_count=count_cpus(),
        torch=torch.__version__,
        python=platform.python_version(),
    )


def versions() -> dict[str, str]:
    """Return the versions of code and packages; ``+`` marks a changed commit."""
    # The code of this clone is used, even if it is not installed.
    own = VERSION_FILE.read_text().split("__version__ = '")[1].split("'")[0]
    named = dict(stcr_mmaction=own, **_installed(PACKAGES))
    git = ['git', '-C', str(ROOT), 'describe', '--always']
    try:
        told = subprocess.run(
            [*git, '--dirty=+', '--exclude=*'], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):  # no clone, or no git
        return named
    return {**named, 'commit': told.stdout.strip()}


def _installed(packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def job_environments(jobs: int | None = None) -> list[dict[str, str]]:
    """Share the machine between parallel jobs.

    Args:
        jobs (int, optional): Number of parallel jobs, on each CUDA device if there are
            any. Defaults to None: 1 on each device, or the number of processors.

    Returns:
        list[dict]: Environment variables of each job. ``OMP_NUM_THREADS``, the threads of
        a job, is kept if it is set, so that several such tools can share a machine.
    """
    devices = _cuda_devices()
    jobs = jobs or (1 if devices else count_cpus())
    places = [dict(CUDA_VISIBLE_DEVICES=device) for device in devices] or [{}]
    share = max(1, count_cpus() // (jobs * len(places)))
    threads = os.environ.get('OMP_NUM_THREADS') or str(share)
    return [
        {**place, 'OMP_NUM_THREADS': threads} for _ in range(jobs) for place in places
    ]


def _cuda_devices() -> list[str]:
    count = torch.cuda.device_count()
    visible = os.environ.get('CUDA_VISIBLE_DEVICES')
    return visible.split(',')[:count] if visible else [str(i) for i in range(count)]
