"""The preparation of one fold of the surveillance camera fight data set."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

decord = pytest.importorskip('decord')

from tests.conftest import call_tool  # noqa: E402
from tools.experiments import surv_fight  # noqa: E402
from tools.experiments.videos import write_video  # noqa: E402

SIZES = [(48, 64), (72, 96), (120, 160)]


def make_source(root: Path, num_frames: int = 8) -> Path:
    """Make 12 clips of 3 folds, of various sizes, lengths and frame rates."""
    groups, rng = {}, np.random.default_rng(0)
    for number in range(12):
        clip = f'{("fight", "noFight")[number % 2]}/clip{number:02d}.mp4'
        shape = (num_frames + number, *SIZES[number % 3], 3)
        frames = np.broadcast_to(rng.integers(0, 255, shape[-1], np.uint8), shape)
        write_video(root / clip, frames, fps=10 + number)
        groups[clip] = dict(group=f'g{number // 2}', fold=number // 2 % 3)
    (root / 'groups.json').write_text(json.dumps(groups))
    return root


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return make_source(tmp_path / 'source')


def run_tool(source: Path, *args: object) -> subprocess.CompletedProcess:
    return call_tool(surv_fight.main, '--data-root', source, *args)


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines()


def test_folds_split_the_clips_and_no_source_is_on_both_sides(source, tmp_path):
    groups = json.loads((source / 'groups.json').read_text())
    tested = []
    for fold in range(3):
        done = run_tool(source, '--out', tmp_path / 'out', '--fold', fold)
        assert done.returncode == 0, done.stderr
        parts = [
            lines(tmp_path / 'out' / f'surv_fight_{part}_fold_{fold}_videos.txt')
            for part in ('train', 'test')
        ]
        train, test = (
            {groups[line.split()[0]]['group'] for line in part} for part in parts
        )
        assert not train & test
        assert sorted(line.split()[0] for line in sum(parts, [])) == sorted(groups)
        tested += parts[1]
    assert sorted(line.split()[0] for line in tested) == sorted(groups)
    classes = lines(tmp_path / 'out' / 'label_map.txt')
    for line in tested:
        clip, label = line.split()
        assert clip.split('/')[0] == classes[int(label)]


def test_copies_have_one_size_and_the_frames_of_the_clips(source, tmp_path):
    size = ('--width', 32, '--height', 24)
    assert run_tool(source, '--out', tmp_path / 'out', *size).returncode == 0
    for clip in json.loads((source / 'groups.json').read_text()):
        given = decord.VideoReader(str(source / clip))
        copy = decord.VideoReader(str(tmp_path / 'out' / 'videos' / clip))
        assert len(copy) == len(given)
        assert copy.get_avg_fps() == pytest.approx(given.get_avg_fps(), rel=0.01)
        assert copy[0].shape == (24, 32, 3)
        assert np.abs(copy[3].asnumpy() - given[3].asnumpy()[0, 0].astype(int)).max() < 8


def test_an_interrupted_run_goes_on(source, tmp_path):
    out = tmp_path / 'out'
    run_tool(source, '--out', out)
    (out / 'videos' / 'fight' / 'clip02.mp4').unlink()
    assert '1 clips copied' in run_tool(source, '--out', out).stdout


def test_copies_of_two_sizes_are_not_mixed(source, tmp_path):
    run_tool(source, '--out', tmp_path / 'out')
    done = run_tool(source, '--out', tmp_path / 'out', '--width', 64)
    assert done.returncode == 1
    assert 'made with other settings' in done.stderr


def break_groups(source: Path) -> None:
    (source / 'groups.json').write_text('{"fight/clip00.mp4": 3}')


def break_clip(source: Path) -> None:
    (source / 'noFight' / 'clip05.mp4').write_bytes(b'no video at all')


@pytest.mark.parametrize(
    ('spoil', 'args', 'message'),
    [
        (lambda s: (s / 'groups.json').unlink(), [], 'groups.json not found'),
        (break_groups, [], 'must map clips to {"fold": number}'),
        (lambda s: (s / 'fight/clip04.mp4').unlink(), [], 'is fight/clip04.mp4'),
        (break_clip, [], 'noFight/clip05.mp4 cannot be decoded'),
        (lambda s: None, ['--fold', 7], 'there is no fold 7, only [0, 1, 2]'),
        (lambda s: None, ['--width', 33], '--width: must be even and at least 16'),
        (lambda s: None, ['--workers', 0], '--workers must be at least 1, got 0'),
    ],
)
def test_bad_input_is_named(source, tmp_path, spoil, args, message):
    spoil(source)
    done = run_tool(source, '--out', tmp_path / 'out', *args)
    assert done.returncode != 0
    assert message in done.stderr
    assert 'Traceback' not in done.stderr


def test_the_data_set_itself_is_not_written_to(source):
    done = run_tool(source, '--out', source)
    assert done.returncode == 2
    assert 'must not be the --data-root' in done.stderr
