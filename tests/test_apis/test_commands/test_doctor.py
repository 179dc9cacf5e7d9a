"""What is told of a machine and of a folder of videos."""

from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rich.console import Console

from stcr_mmaction.apis.commands.doctor import doctor, print_diagnosis
from stcr_mmaction.apis.own_videos import machine
from stcr_mmaction.compat import list_gaps
from stcr_mmaction.videos import InOrderReader

from ...conftest import write_video
from ...numbered_videos import write_numbered


@pytest.fixture
def folder(tmp_path):
    """Two sound videos, one that is read slowly, and what is left out."""
    root = tmp_path / 'videos'
    write_video(root / '[red]first.mp4', num_frames=30)
    write_video(root / 'copy.mp4', num_frames=30)
    write_numbered(root / 'inside' / 'h264.avi', length=20)
    write_video(root / 'still.mp4', num_frames=1)
    (root / 'notes.txt').write_text('no video')
    (root / 'damaged.mp4').write_bytes(bytes(range(256)))
    return root


def printed(diagnosis):
    console = Console(width=200, record=True, quiet=True)
    with console.capture() as capture:
        console.quiet = False
        print_diagnosis(diagnosis, console)
    return capture.get()


def test_this_machine():
    diagnosis = doctor()
    assert diagnosis.versions['torch'] == version('torch')
    assert diagnosis.versions['av'] == version('av')
    assert diagnosis.decoders['PyAV'] == 'right frames'
    assert diagnosis.machine['GPU'] == 'none: the CPU is used'
    assert len(diagnosis.gaps) == len(list_gaps())
    assert diagnosis.videos is None and diagnosis.problems == []
    text = printed(diagnosis)
    assert f'{len(list_gaps())} problems of other packages' in text
    assert 'No problems: you can train' in text


def test_each_file_of_a_folder_is_counted_or_told(folder):
    diagnosis = doctor(folder)
    assert diagnosis.problems == []
    videos = diagnosis.videos
    assert videos.facts['videos'] == '3'
    assert videos.facts['frames'].startswith('20 to 30')
    assert videos.facts['sizes'] == '64 x 48: 2, 160 x 96: 1'
    assert videos.facts['frames a second'] == '25: 3'
    assert videos.facts['files'] == '.mp4 (mpeg4): 2, .avi (h264): 1'
    assert videos.facts['copies of another file'] == '1'
    assert set(videos.left_out) == {'still.mp4', 'notes.txt', 'damaged.mp4'}
    assert 'too short' in videos.left_out['still.mp4']
    assert list(videos.slow) == ['inside/h264.avi']
    text = printed(diagnosis)
    for told in ('damaged.mp4', 'notes.txt', 'inside/h264.avi', 'B-frames', 'ffmpeg -i'):
        assert told in text


def test_names_are_printed_as_they_are(folder):
    (folder / '[bold]odd.mp4').write_bytes(b'')
    assert '[bold]odd.mp4' in printed(doctor(folder))


@pytest.mark.parametrize(
    ('names', 'problem'),
    [
        ([], 'holds no video'),
        (['notes.txt'], 'holds no video: 1 file with the suffix'),
        (['damaged.mp4'], '0 of 1 videos .* can be used: a training needs 2'),
    ],
)
def test_a_folder_that_nothing_can_be_trained_on_is_a_problem(tmp_path, names, problem):
    for name in names:
        (tmp_path / name).write_bytes(bytes(range(256)))
    (found,) = doctor(tmp_path).problems
    assert pytest.raises(ValueError, match=problem).matches(ValueError(found))


def test_no_folder_is_a_problem_and_the_rest_is_told_all_the_same(tmp_path):
    diagnosis = doctor(tmp_path / 'missing')
    assert 'missing' in diagnosis.problems[0] and diagnosis.versions['torch']
    assert 'problem: ' in printed(diagnosis)


def test_a_missing_package_is_a_problem_if_it_is_needed(monkeypatch):
    def find(name):
        return None if name in {'decord', 'decord2', 'torchcodec'} else '1.0'

    monkeypatch.setattr(machine, '_version', find)
    versions, problems = machine.read_versions()
    assert problems == ['decord is missing: pip install decord2']
    assert versions['decord'].startswith('missing: pip install')
    assert versions['torchcodec'].startswith('missing: not needed')


class Late(InOrderReader):
    """Gives each frame one too late."""

    def get_batch(self, indices):
        return super().get_batch(np.minimum(np.asarray(indices) + 1, len(self) - 1))


def fail(path):
    raise RuntimeError('no such codec\nmany lines')


@pytest.mark.parametrize(
    ('read', 'said'),
    [(Late, 'gives 9 wrong frames of 10'), (fail, 'does not work: no such codec')],
)
def test_a_decoder_that_errs_is_found_out(monkeypatch, read, said):
    monkeypatch.setattr(machine, '_read', read)
    diagnosis = doctor()
    assert diagnosis.decoders['PyAV'] == said
    assert diagnosis.problems == [f'PyAV {said}; reinstall the package av']


def test_a_full_disk_is_a_problem(monkeypatch):
    monkeypatch.setattr(machine, '_free_space', lambda: 0.25)
    (problem,) = doctor().problems
    assert problem.startswith(f'{Path().resolve()} has 0.2 GiB left')


def test_gpus_are_told_with_memory_and_types(monkeypatch):
    gpus = [('Large', 80, 9), ('Old', 16, 7)]
    monkeypatch.setattr(torch.cuda, 'device_count', lambda: 2)
    monkeypatch.setattr(
        torch.cuda,
        'get_device_properties',
        lambda number: SimpleNamespace(
            name=gpus[number][0], total_memory=gpus[number][1] * 2**30,
            major=gpus[number][2],
        ),
    )  # fmt: skip
    assert machine.describe_gpus() == 'Large, 80 GiB, bf16; Old, 16 GiB, no bf16'
