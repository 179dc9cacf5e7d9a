"""docs/published.md: its commands run, and what they name is rehearsed and is there."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from .conftest import write_video
from .test_tools.test_distributed import run

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / 'docs/published.md').read_text()
COMMANDS = [
    line
    for block in re.findall(r'```shell\n(.*?)```', PAGE, re.DOTALL)
    for line in block.splitlines()
]
NETWORKS = 'c3d-vcop', 'r3d-vcop', 'r2plus1d-vcop', 'r3d-18', 'inception-i3d'
STEPS = (
    'stcr-contrast_{}_1xb64-16x4x1-200e',
    'benchmarks/{}_8xb8-16x1x1-45e',
    'benchmarks/{}_stcr-contrast-ucf101-pre_8xb8-16x1x1-45e',
    'benchmarks/{}_stcr-contrast-ucf101-pre-linear_8xb8-16x1x1-100e',
)
CONFIGS = {
    network: [f'configs/stcr/{step.format(network)}_ucf101-rgb.py' for step in STEPS]
    for network in NETWORKS
}
CLASSES = 'ApplyEyeMakeup', 'YoYo'


def make_ucf101(folder):
    """Two classes of three groups of a video in the layout of the official archives."""
    names = [f'{name}/v_{name}_g0{g}_c01.avi' for name in CLASSES for g in (1, 2, 3)]
    for number, name in enumerate(names):
        write_clip(folder / 'UCF-101' / name, number)
    index = ''.join(f'{n} {name}\n' for n, name in enumerate(CLASSES, start=1))
    files = {'classInd.txt': index}
    for split in (1, 2, 3):
        test = [name for name in names if f'_g0{split}_' in name]
        train = [f'{n} {1 + (n >= "Y")}' for n in names if n not in test]
        files[f'testlist0{split}.txt'] = '\n'.join(test)
        files[f'trainlist0{split}.txt'] = '\n'.join(train)
    write_files(folder / 'ucfTrainTestlist', files)


def make_hmdb51(folder):
    """Two classes of three videos; another one of each is tested in each split."""
    files = {}
    for name in ('brush_hair', 'wave'):
        for number in range(3):
            write_clip(folder / f'hmdb51_org/{name}/{number}.avi', number)
        for split in (1, 2, 3):
            parts = [f'{n}.avi {1 + (n + 1 == split)} ' for n in range(3)]
            files[f'{name}_test_split{split}.txt'] = '\n'.join(parts)
    write_files(folder / 'testTrainMulti_7030_splits', files)


def write_clip(path, seed):
    write_video(path, num_frames=20, height=128, width=160, codec='XVID', seed=seed)


def write_files(folder, files):
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    """Where a user stands: a clone, and what the archives unpack to."""
    folder = tmp_path_factory.mktemp('clone')
    for name in ('tools', 'configs'):
        (folder / name).symlink_to(ROOT / name)
    make_ucf101(folder)
    make_hmdb51(folder)
    return folder


@pytest.fixture(autouse=True)
def _environment(folder, monkeypatch):
    """Experiments run in the folder of the clone that their modules are from."""
    monkeypatch.setenv('PYTHONPATH', str(ROOT))
    for name in ('ucf101', 'hmdb51'):
        monkeypatch.setenv(f'{name.upper()}_ROOT', str(folder / 'data' / name))


def narrow(config):
    """Return options that make a network, and its batches, fit two processor cores."""
    wide = 'inception-i3d' in config
    options = [
        'model.backbone.' + ('width=0.0625' if wide else 'base_channels=4'),
        'train_dataloader.batch_size=2',
        'train_dataloader.num_workers=1',
    ]
    if 'benchmarks' in config:
        options += [f'model.cls_head.in_channels={64 if wide else 32}']
        options += [f'{part}_dataloader.num_workers=1' for part in ('val', 'test')]
    return options


def shorten(line, folder):
    """Return the words of a command, for a small network, one epoch, two processes."""
    words = shlex.split(line)
    if 'dist_train.sh' in line:
        words[words.index('8')] = '2'
    if 'tools/data' in line:
        return words
    options = narrow(line)
    if '--rehearse' not in words and 'retrieval.py' not in line:
        options += ['train_cfg.max_epochs=1', 'param_scheduler=None']
        options += ['default_hooks.checkpoint.filename_tmpl=epoch_200.pth']
    if 'tools.experiments' in line:
        weights = 'stcr-contrast_r3d-18_1xb64-16x4x1-200e_ucf101-rgb/epoch_200.pth'
        options += [f'load_from={folder / "work_dirs" / weights}']
    few = ['--topk', '1', '2'] if 'retrieval.py' in line else []
    given = [] if '--cfg-options' in words else [*few, '--cfg-options']
    return [*words, *given, *options]


@pytest.mark.slow
def test_the_commands_of_the_page(folder, monkeypatch):
    """All of them in their order, as they stand but for what makes them small."""
    printed = {}
    for line in COMMANDS:
        words = shorten(line, folder)
        with monkeypatch.context() as patch:
            while '=' in words[0]:
                patch.setenv(*words.pop(0).split('='))
            printed[line] = run(folder, *words)
    found = [printed[line] for line in COMMANDS]
    assert 'passed in' in found[2]
    assert 'retrieval/top2' in found[5]
    assert all('mean of splits' in text for text in found[-2:])
    assert len(found) == 8


@pytest.mark.slow
@pytest.mark.parametrize('network', NETWORKS)
def test_every_step_is_rehearsed(folder, network):
    if not (folder / 'data/ucf101').is_dir():
        run(folder, sys.executable, *shlex.split(COMMANDS[0])[1:])
    pretraining, _, *others = CONFIGS[network]  # from scratch is load_from=None
    for config in (pretraining, *others):
        words = ['tools/train.py', config, '--rehearse', '--cfg-options', *narrow(config)]
        printed = run(folder, sys.executable, *words, 'load_from=None')
        assert f'rehearsal of {Path(config).stem}: passed in' in printed


def test_the_configs_of_the_page_are_there():
    for configs in CONFIGS.values():
        assert all((ROOT / config).is_file() for config in configs)
    named = set(re.findall(r'configs/\S+\.py', PAGE))
    assert named < set(CONFIGS['r3d-18'])
    assert all(f'`{network}`' in PAGE for network in NETWORKS)


def test_no_figure_of_ours_is_claimed():
    (ours,) = (line for line in PAGE.splitlines() if 'our recommended recipe' in line)
    assert ours.count('not measured') == 5
    assert '**Ours is not measured there**' in PAGE
