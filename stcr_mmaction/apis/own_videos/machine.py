"""Check the machine: packages, GPU, disk and video decoders."""

from __future__ import annotations

import inspect
import platform
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from joblib import cpu_count

from ...compat import list_gaps
from ...videos import InOrderReader
from ...videos.torchcodec_reader import TorchCodecReader
from ..pictures import save_film

MISSING = 'missing'
RIGHT = 'right frames'
LEVELS = np.arange(20, 220, 20)
"""Brightness of each frame of a test video."""
TOLERANCE = 5
MIN_GIB = 1


class Package(NamedTuple):
    """A package to look for.

    Attributes:
        names (tuple[str, ...]): Names of which one is enough; they install the same
            module.
        install (str): How to install it.
        needed (bool): Whether training fails without it.
    """

    names: tuple[str, ...]
    install: str
    needed: bool = True


PACKAGES = (
    Package(('torch',), 'see pytorch.org for your GPU, or pip install torch'),
    Package(('mmengine', 'onedl-mmengine'), 'pip install onedl-mmengine'),
    Package(('mmcv', 'mmcv-lite'), 'pip install mmcv-lite==2.1.0'),
    Package(('mmaction2',), 'pip install mmaction2==1.2.0'),
    Package(('decord', 'decord2'), 'pip install decord2'),
    Package(('av',), 'pip install "av>=17"'),
    Package(('torchcodec',), 'not needed; reads videos, too', False),
    Package(('numpy',), 'pip install numpy'),
    Package(('scikit-learn',), 'pip install scikit-learn'),
)


def read_versions() -> tuple[dict[str, str], list[str]]:
    """Return the version of each package, and how to install missing ones."""
    versions, problems = {'python': platform.python_version()}, []
    for package in PACKAGES:
        found = {name: _version(name) for name in package.names}
        found = {name: number for name, number in found.items() if number}
        versions |= found or {package.names[0]: f'{MISSING}: {package.install}'}
        if package.needed and not found:
            problems.append(f'{package.names[0]} is missing: {package.install}')
    return versions, problems


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def describe_machine() -> dict[str, str]:
    """Describe the hardware, by name."""
    return {
        'GPU': describe_gpus() or 'none: the CPU is used',
        'CPU cores': str(cpu_count()),
        'free disk space here': f'{_free_space():.1f} GiB',
    }


def check_disk() -> list[str]:
    """Return a problem if the disk is nearly full."""
    free = _free_space()
    if free >= MIN_GIB:
        return []
    return [
        f'{Path().resolve()} has {free:.1f} GiB left for checkpoints: free '
        f'{MIN_GIB} GiB, or work in another folder'
    ]


def _free_space() -> float:
    return shutil.disk_usage(Path()).free / 2**30


def describe_gpus() -> str:
    """Return name, memory and bf16 support of each GPU; '' without one."""
    told = []
    for number in range(torch.cuda.device_count()):
        gpu = torch.cuda.get_device_properties(number)
        bf16 = 'bf16' if gpu.major >= 8 else 'no bf16'  # from Ampere on, in hardware
        told.append(f'{gpu.name}, {gpu.total_memory / 2**30:.0f} GiB, {bf16}')
    return '; '.join(told)


def try_decoders() -> dict[str, str]:
    """Let each decoder read a small video, and check the frames.

    Returns:
        dict[str, str]: For each decoder :data:`RIGHT`, or what is wrong.
    """
    shape = len(LEVELS), 64, 64, 3
    film = np.broadcast_to(LEVELS.astype(np.uint8)[:, None, None, None], shape).copy()
    readers = dict(decord=_read_by_decord, TorchCodec=_read_by_torchcodec, PyAV=_read)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'levels.mp4'
        save_film(film, path)
        return {name: _try(reader, str(path)) for name, reader in readers.items()}


def _try(read: Callable[[str], object], path: str) -> str:
    try:
        frames = read(path).get_batch(range(len(LEVELS))).asnumpy()
    except Exception as error:  # decoders raise errors of all kinds
        return f'does not work: {str(error).partition(chr(10))[0]}'
    wrong = np.abs(frames.mean(axis=(1, 2, 3)) - LEVELS) > TOLERANCE
    return f'gives {wrong.sum()} wrong frames of {len(LEVELS)}' if wrong.any() else RIGHT


def _read_by_decord(path: str) -> object:
    from ...videos.decord_reader import DecordReader  # decord may be missing

    return DecordReader(path, 1)


def _read_by_torchcodec(path: str) -> object:
    return TorchCodecReader(path, 1)


def _read(path: str) -> object:
    return InOrderReader(path)


def name_gaps() -> list[str]:
    """Return the title of each problem of other packages that is fixed."""
    titles = [inspect.getdoc(gap).partition('\n')[0] for gap in list_gaps()]
    return [title.rstrip('.').replace('`', '') for title in titles]
