"""The flag --rehearse, as users give it."""

import runpy
from argparse import Namespace

import pytest
from mmengine.config import Config

from .test_distributed import TOOLS, folder, run  # noqa: F401

CONFIG = """
_base_ = 'pretrain.py'
train_dataloader = dict(num_workers=1, persistent_workers=True, batch_size=3)
train_cfg = dict(max_epochs=20)
test_dataloader = dict(batch_size=1)
test_evaluator = [dict(type='VideoRetrievalMetric', topk=(1, 7), out_file='found.json')]
"""
DAMAGED = """
_base_ = 'rehearsed.py'
custom_hooks = [dict(type='DamagedVideosHook')]
train_dataloader = dict(dataset=dict(ann_file='videos/damaged.txt'))
"""


@pytest.fixture
def script(monkeypatch):
    return runpy.run_path(str(TOOLS / 'train.py'))


def test_a_rehearsal_begins_at_the_start(script, capsys):
    cfg, args = Config(), Namespace(resume='auto')
    script['rehearse'](cfg, args)
    assert cfg.runner_type == 'Rehearsal'
    assert args.resume is None
    assert '--resume is ignored' in capsys.readouterr().out


def test_another_runner_is_not_rehearsed(script):
    with pytest.raises(ValueError, match="runner_type='FlexibleRunner'"):
        script['rehearse'](Config(dict(runner_type='FlexibleRunner')), Namespace())


@pytest.mark.slow
def test_two_processes_rehearse_and_leave_nothing(folder):  # noqa: F811
    """Four clips a process are three and one; seven neighbors need all videos."""
    (folder / 'rehearsed.py').write_text(CONFIG)
    before = sorted(folder.rglob('*'))
    script = str(TOOLS / 'dist_train.sh')
    printed = run(folder, 'bash', script, 'rehearsed.py', '2', '--rehearse')
    assert 'rehearsal of rehearsed: passed in' in printed
    assert '(3 and 1 clips a process)' in printed
    assert '20 x 2 iterations' in printed
    assert 'using all 15: ' in printed
    assert 'too few for 7 neighbors' in printed
    assert 'retrieval/top7' in printed
    assert 'each of its 1 workers' in printed
    left = [file for file in folder.rglob('*') if file not in before]
    assert [file.name for file in left] in ([], ['.dist_test'])  # mmengine's, empty


@pytest.mark.slow
def test_a_process_that_fails_leaves_nothing(folder):  # noqa: F811
    """One of two cannot load its videos; the other waits for it."""
    (folder / 'rehearsed.py').write_text(CONFIG)
    (folder / 'damaged.py').write_text(DAMAGED)
    (folder / 'videos' / 'no.mp4').write_bytes(b'no video')
    lines = ['0.mp4 0\n', 'no.mp4 1\n'] * 4
    (folder / 'videos' / 'damaged.txt').write_text(''.join(lines))
    script = str(TOOLS / 'dist_train.sh')
    options = ['--cfg-options', 'train_dataloader.sampler.shuffle=False']
    with pytest.raises(AssertionError, match='ChildFailedError'):
        run(folder, 'bash', script, 'damaged.py', '2', '--rehearse', *options)
    assert not list(folder.glob('.rehearsal-*'))
    assert not (folder / 'work_dirs' / 'damaged').exists()
