"""The checker of videos, on real files, good and damaged."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

TOOLS = Path(__file__).parents[2] / 'tools' / 'data'
sys.path.insert(0, str(TOOLS))
pytest.importorskip('decord')

import check_videos  # noqa: E402
from video_files import write_video  # noqa: E402


@pytest.fixture
def folder(tmp_path) -> Path:
    """Two good videos, a copy, a short, a broken and an empty one; two lists."""
    rng = np.random.default_rng(0)
    for name, length in (('a/one.mp4', 9), ('b/two words.mp4', 9), ('b/short.mp4', 3)):
        frames = rng.integers(0, 255, (length, 64, 80, 3), np.uint8)
        write_video(tmp_path / name, frames)
    shutil.copy(tmp_path / 'a/one.mp4', tmp_path / 'b/copy.mp4')
    whole = (tmp_path / 'a/one.mp4').read_bytes()
    (tmp_path / 'a/broken.mp4').write_bytes(whole[: len(whole) // 2])
    (tmp_path / 'a/empty.mp4').touch()
    (tmp_path / 'train.txt').write_text(
        'a/one.mp4 0\nb/two words.mp4 1\na/broken.mp4 0\nb/short.mp4 1\n'
    )
    (tmp_path / 'val.txt').write_text(
        'a/empty.mp4 0\nb/copy.mp4 1\na/gone.mp4 0\na/one.mp4 0\n'
    )
    return tmp_path


def run(folder: Path, *args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, TOOLS / 'check_videos.py', folder / 'train.txt']
    command += [*args, '--videos', folder]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True)


def test_every_kind_of_trouble_is_told_and_nothing_else(folder, tmp_path):
    out = tmp_path / 'report' / 'check.json'
    done = run(folder, folder / 'val.txt', '--min-frames', 4, '--out', out)
    assert done.returncode == 1 and 'Traceback' not in done.stderr
    found = json.loads(out.read_text())
    trouble = {video: told['trouble'] for video, told in found['videos'].items()}
    assert trouble == {
        'a/one.mp4': None,
        'b/two words.mp4': None,
        'a/broken.mp4': 'undecodable',
        'a/empty.mp4': 'undecodable',
        'a/gone.mp4': 'missing',
        'b/short.mp4': 'too short',
        'b/copy.mp4': 'duplicate',
    }
    assert found['videos']['b/copy.mp4']['reason'] == 'equal to a/one.mp4'
    assert found['videos']['a/one.mp4']['frames'] == 9
    assert '7 videos: 1 missing, 2 undecodable, 1 too short, 1 duplicate' in done.stdout


def test_good_videos_pass(folder):
    (folder / 'train.txt').write_text('a/one.mp4 0\nb/two words.mp4\n')
    assert run(folder).returncode == 0


def crash(path, answer):
    import os
    import signal

    os.kill(os.getpid(), signal.SIGSEGV)


def hang(path, answer):
    time.sleep(60)


@pytest.mark.parametrize(
    ('decoder', 'timeout', 'reason'),
    [(crash, 60, 'exit status -11'), (hang, 1, 'not through after 1 s')],
)
def test_a_decoder_that_crashes_or_hangs_is_contained(
    folder, monkeypatch, decoder, timeout, reason
):
    monkeypatch.setattr(check_videos, '_decode', decoder)
    found = check_videos.check_video(folder / 'a/one.mp4', 1, timeout)
    assert found.trouble == 'undecodable' and reason in found.reason


def test_bad_arguments_are_refused(folder):
    assert '--workers must be above 0' in run(folder, '--workers', 0).stderr
    assert 'nowhere.txt not found' in run(folder, folder / 'nowhere.txt').stderr
