"""Fixtures that several test modules share."""

import gc
import io
import os
import random
import runpy
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

DATA = Path(os.environ.get('STCR_TEST_DATA', Path(__file__).parents[2] / 'shared/data'))


def pytest_configure(config):
    """Hide GPUs from every test, and its subprocesses, unless GPU tests alone are run.

    The others mean the CPU: they compare to the bit, with tensors on the CPU, or start
    more processes than there are GPUs. CUDA and mmengine look once, so this has to come
    before mmengine is imported.
    """
    if config.option.markexpr != 'gpu':
        os.environ['CUDA_VISIBLE_DEVICES'] = ''


def pytest_collection():
    """Import the package before any test module imports MMAction2."""
    import stcr_mmaction  # noqa: F401


def pytest_collection_finish():
    """Keep what was imported out of the garbage collection of each mmengine data set."""
    gc.freeze()


def pytest_runtest_setup(item):
    """Skip a GPU test where no GPU is to be had."""
    if item.get_closest_marker('gpu') and not torch.cuda.is_available():
        pytest.skip('needs a GPU, and -m gpu alone: other tests run where it is hidden')


@pytest.fixture(scope='session', autouse=True)
def _quick_runners():
    """Leave out what takes each Runner seconds: config layout, compiler versions."""
    with pytest.MonkeyPatch.context() as patch:
        layout = 'mmengine.config.config.FormatCode'  # mmengine's fork does without it
        patch.setattr(layout, lambda text, **_: (text, True), raising=False)
        patch.setattr('mmengine.runner.runner.collect_env', dict)
        yield


@pytest.fixture(autouse=True)
def _seeded_in_mmaction_scope():
    from mmengine.registry import init_default_scope

    init_default_scope('mmaction')
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


def call_tool(main, *words):
    """Run a tool in this process, which has imported the package: that takes seconds."""
    words = [str(word) for word in words]
    out, err, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(words)
        except SystemExit as ended:
            code = 1 if isinstance(ended.code, str) else ended.code
            err.write(str(ended.code))
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def call_script(script, *words, folder='.'):
    """Run a script in this process, as if it were started in a folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(sys, 'argv', [str(word) for word in (script, *words)])
        patch.setenv('LOCAL_RANK', os.environ.get('LOCAL_RANK', '0'))  # tools set it
        return call_tool(lambda _: runpy.run_path(str(script), run_name='__main__'))


def write_video(path, num_frames=40, height=48, width=64, codec='mp4v', seed=None):
    """Write a video: brightness tells the frame, a corner left from right.

    With a seed there are random blocks, by which videos are told apart.
    """
    blocks = np.zeros((height, width, 3), np.uint8)
    if seed is not None:
        generator = np.random.default_rng(seed)
        drawn = generator.integers(120, size=(height // 8, width // 8, 3))
        blocks = drawn.astype(np.uint8).repeat(8, axis=0).repeat(8, axis=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(
        str(path), cv2.VideoWriter_fourcc(*codec), 25, (width, height)
    )
    for number in range(num_frames):
        frame = blocks + np.uint8((4 * number + 20) % 256)
        frame[: height // 2, : width // 2] = 250
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture
def saved_figures(monkeypatch):
    """Return the matplotlib figures that the test has saved so far."""
    figures = []
    write = Figure.savefig

    def keep(figure, *args, **kwargs):
        figures.append(figure)
        write(figure, *args, **kwargs)

    monkeypatch.setattr(Figure, 'savefig', keep)
    return figures


@pytest.fixture
def make_video():
    """Return the function that writes a video."""
    return write_video


@pytest.fixture
def video(tmp_path):
    """A video of 40 frames, 64 wide and 48 high."""
    return write_video(tmp_path / 'video.mp4')


@pytest.fixture(scope='session')
def real_data():
    """The folder with real videos."""
    if not DATA.is_dir():
        pytest.skip(f'no folder with real videos at {DATA}; set STCR_TEST_DATA')
    return DATA
