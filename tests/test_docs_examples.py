"""The examples of README.md and docs/getting_started.md, on small videos."""

import csv
import re
import shutil
from functools import partial
from pathlib import Path

import pytest
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope

import stcr_cli
from stcr_mmaction import apis
from stcr_mmaction.apis.own_videos import plan
from stcr_mmaction.models import STCR
from tests.conftest import write_video

ROOT = Path(__file__).parents[1]
STARTED = 'docs/getting_started.md'
SHORT = dict(pretrain=dict(size='tiny', epochs=1, batch_size=4), finetune=dict(epochs=1))
"""What makes a training short; the examples leave it at its default."""


def blocks(page: str, language: str) -> list[str]:
    text = (ROOT / page).read_text()
    return re.findall(rf'```{language}\n(.*?)```', text, re.DOTALL)


@pytest.fixture
def _own_videos(tmp_path, monkeypatch):
    """The files that the README speaks of, in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plan, '_workers', lambda: plan.Choice(0, 'a test'))
    for name in ('pretrain', 'finetune'):
        monkeypatch.setattr(apis, name, partial(getattr(apis, name), **SHORT[name]))
    names = [f'{"ab"[number % 2]}{number}.mp4' for number in range(10)]
    for number, name in enumerate(names):
        write_video(Path('videos', name), 34, seed=number)
    shutil.copytree('videos', 'new')
    shutil.copy(Path('videos', names[0]), 'query.mp4')
    with open('labels.csv', 'w', newline='') as file:
        rows = [('path', 'label'), *((name, name[0]) for name in names)]
        csv.writer(file).writerows(rows)


@pytest.mark.usefixtures('_own_videos')
def test_the_commands_of_the_readme_run(monkeypatch, capsys):
    (block,) = (block for block in blocks('README.md', 'shell') if 'stcr ' in block)
    parse = stcr_cli.parse_args

    def parse_but_short(argv):
        args = parse(argv)
        for name in SHORT.get(args.command, ()):
            delattr(args, name)  # the fixture gives it
        return args

    monkeypatch.setattr(stcr_cli, 'parse_args', parse_but_short)
    for line in block.splitlines():
        name, *arguments = line.partition('#')[0].split()
        assert name == 'stcr'
        assert stcr_cli.main(arguments) == 0, capsys.readouterr().err
    assert Path('runs/mine/report.html').is_file()
    assert len(Path('predictions.csv').read_text().splitlines()) == 11


@pytest.mark.usefixtures('_own_videos')
def test_the_python_of_the_readme_runs(capsys):
    (code,) = (block for block in blocks('README.md', 'python') if 'apis' in block)
    exec(code, {})
    assert capsys.readouterr().out.strip() in ('a', 'b')


def child_configs(page: str) -> list[str]:
    return [block for block in blocks(page, 'python') if block.startswith('_base_')]


@pytest.mark.parametrize('page', ['README.md', STARTED])
def test_child_configs_build(page, tmp_path):
    text = child_configs(page)[0]
    file = tmp_path / 'child.py'
    file.write_text(text)
    config = Config.fromfile(file)
    init_default_scope('mmaction')
    model = MODELS.build(config.model)
    assert isinstance(model, STCR) and model.consistency_head is not None


def test_the_child_config_reads_the_lists_of_the_tool(tmp_path):
    write_video(tmp_path / 'videos/a/one.mp4', 70, seed=0)
    for part in ('train', 'test'):
        (tmp_path / f'{part}_fold_0_videos.txt').write_text('a/one.mp4 0\n')
    configs = []
    for number, text in enumerate(child_configs(STARTED)):
        file = tmp_path / f'child_{number}.py'
        file.write_text(text.replace('data/mine', str(tmp_path)))
        configs.append(Config.fromfile(file))
    config, finetuning = configs
    assert config.val_dataloader is None and config.model.cls_head is None
    init_default_scope('mmaction')
    sample = DATASETS.build(config.train_dataloader.dataset)[0]
    assert sample['inputs'].shape == (1, 3, 32, 224, 224)
    for part in ('train', 'val', 'test'):
        DATASETS.build(finetuning[f'{part}_dataloader'].dataset)[0]
    pretrained, model = (MODELS.build(config.model) for config in configs)
    loaded = model.load_state_dict(pretrained.state_dict(), strict=False)
    assert {name.split('.')[0] for name in loaded.missing_keys} == {'cls_head'}
