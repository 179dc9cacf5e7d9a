"""Several splits and seeds by one command, with tools that leave known figures."""

import json
import os

import numpy as np
import pytest
import yaml

from tools.experiments import ROOT, plan, splits, steps, write_metafile

READ = """
import json, re, sys
from pathlib import Path
words = sys.argv
folder = Path(words[words.index('--work-dir') + 1])
config = {}
exec(Path(words[1]).read_text(), config)
split = int(config['test_dataloader']['split'])
(folder / 'run' / 'vis_data').mkdir(parents=True)
"""
TRAIN = f"""{READ}
(folder / 'run' / 'vis_data' / 'scalars.json').write_text('')
(folder / 'last_checkpoint').write_text(str(folder / 'epoch_1.pth'))
open('calls', 'a').write(f'train {{split}}\\n')
"""
# Top-1 is 0.1 * split + 0.01 * seed, and half of it for the second config.
TEST = f"""{READ}
share = 0.1 * split + 0.01 * int(re.search(r'seed-(\\d+)', str(words))[1])
share /= 1 + ('other' in str(words))
(folder / 'run' / 'run.json').write_text(json.dumps({{'acc/top1': share}}))
"""
CONFIG = "test_dataloader = dict(split='{{$SPLIT:1}}')\n"
NAME = 'toy_8xb8-16x1x1-45e_ucf101-rgb'
OTHER = 'toy-other_8xb8-16x1x1-45e_ucf101-rgb'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in {
        'tools/train.py': TRAIN,
        'tools/test.py': TEST,
        f'configs/{NAME}.py': CONFIG,
        f'configs/{OTHER}.py': f"_base_ = './{NAME}.py'\n",
        'configs/alike.py': 'test_dataloader = dict(split=1)\n',
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(steps, 'ROOT', tmp_path)
    monkeypatch.setattr(plan, 'ROOT', tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    with pytest.raises(SystemExit) as status:
        splits.main([str(word) for word in words])
    return status.value.code


CONFIGS = [f'configs/{NAME}.py', f'configs/{OTHER}.py']
SEEDS = ['--seeds', '0', '1', '2']
REAL = str(ROOT / 'configs/stcr/benchmarks/c3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py')


def test_means_and_spreads_are_those_of_the_runs(folder, capsys):
    assert run(*CONFIGS, *SEEDS) == 0
    file = folder / f'work_dirs/splits/splits/{NAME}+{OTHER}.json'
    figures = json.loads(file.read_text())
    shares = np.array([[10 * split + seed for seed in range(3)] for split in (1, 2, 3)])
    for name, part in ((NAME, 1), (OTHER, 2)):
        found = figures[name]
        assert list(found['splits']) == ['1', '2', '3']
        expected = shares / part
        np.testing.assert_allclose(list(found['splits'].values()), expected, rtol=1e-4)
        np.testing.assert_allclose(found['mean'], expected.mean(axis=0), rtol=1e-4)
    table = capsys.readouterr().out
    assert '| split 1 | split 2 | split 3 | mean of splits |' in table
    assert f'| {NAME} | 11.0 ± 1.0 | 21.0 ± 1.0 | 31.0 ± 1.0 | 21.0 ± 1.0 |' in table
    assert f'| {OTHER} | 5.5 ± 0.5 | 10.5 ± 0.5 | 15.5 ± 0.5 | 10.5 ± 0.5 |' in table


def test_what_is_done_is_not_done_again(folder):
    assert run(CONFIGS[0], '--splits', '1', '2') == 0
    calls = folder / 'calls'
    assert sorted(calls.read_text().splitlines()) == ['train 1', 'train 2']
    calls.unlink()
    assert run(CONFIGS[0], '--splits', '1', '2', '3') == 0
    assert calls.read_text().splitlines() == ['train 3']


def test_the_metafile_gets_the_results(folder, monkeypatch):
    metafile = folder / 'configs/metafile.yml'
    kept = dict(Results=[dict(Task='Retrieval')], Weights='kept.pth')
    results = [dict(Dataset='UCF101', Metrics='old'), dict(Dataset='HMDB51')]
    models = [dict(Name=OTHER, **kept), dict(Name=NAME, Results=results)]
    metafile.write_text(yaml.safe_dump(dict(Models=models)))
    monkeypatch.setattr(splits, 'METAFILE', metafile)
    monkeypatch.setattr(write_metafile, 'describe', lambda path: dict(Name=path.stem))
    assert run(CONFIGS[0], *SEEDS, '--metafile') == 0
    listed = write_metafile.read(metafile)
    other, new = listed[NAME]['Results']
    assert other == dict(Dataset='HMDB51')
    metrics = new.pop('Metrics')
    assert metrics == {
        'Top 1 Accuracy': 21.0,
        'Standard Deviation': 1.0,
        'Splits': [11.0, 21.0, 31.0],
        'Seeds': 3,
    }
    assert new == dict(Task='Action Recognition', Dataset='UCF101')
    assert listed[OTHER] == dict(Name=OTHER, **kept)


def test_the_data_set_is_that_of_the_environment(monkeypatch):
    monkeypatch.delenv('DATASET', raising=False)
    assert splits.tested_on(REAL) == 'ucf101'
    monkeypatch.setenv('DATASET', 'hmdb51')
    assert splits.tested_on(REAL) == 'hmdb51'


@pytest.mark.parametrize(
    ('words', 'message'),
    [
        (['configs/missing.py'], "there is no config file 'configs/missing.py'"),
        (['configs/alike.py'], 'has the same test_dataloader for several of the splits'),
        ([CONFIGS[0], '--metafile'], '--metafile is for configs in'),
        (['--metafile', '--metric', 'acc/top5', REAL], 'for the metric acc/top1'),
    ],
)
def test_wrong_command_lines(folder, capsys, words, message):
    assert run(*words) == 2
    assert message in capsys.readouterr().err


def test_the_environment_is_left_as_it_was(folder, monkeypatch):
    assert splits.are_splits(CONFIGS[0], 'SPLIT', [1, 2])
    assert 'SPLIT' not in os.environ
    monkeypatch.setenv('SPLIT', '7')
    assert not splits.are_splits('configs/alike.py', 'SPLIT', [1, 2])
    assert os.environ['SPLIT'] == '7'
