"""A semi-supervised training on real footage, through the real tools."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / 'configs/demo/stcr-semi_r3d-vcop_16x1x1_surv-fight-rgb.py'


def run(*words, root):
    """Run one of our tools, and return what it printed."""
    environment = dict(OMP_NUM_THREADS='1', SURV_FIGHT_ROOT=str(root), FOLD='0')
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture
def footage(real_data, tmp_path):
    """Ten clips of each class and fold, prepared by the tool."""
    source = real_data / 'surv_fight'
    if not (source / 'groups.json').is_file():
        pytest.skip(f'no surveillance camera fights in {source}')
    groups = json.loads((source / 'groups.json').read_text())
    kept, counts = {}, {}
    for clip, group in sorted(groups.items()):
        place = clip.split('/')[0], group['fold']
        counts[place] = counts.get(place, 0) + 1
        if counts[place] <= 10:
            kept[clip] = group
            (tmp_path / 'few' / clip).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / clip, tmp_path / 'few' / clip)
    (tmp_path / 'few' / 'groups.json').write_text(json.dumps(kept))
    root = tmp_path / 'prepared'
    tool = '-m', 'tools.experiments.surv_fight'
    run(*tool, '--data-root', tmp_path / 'few', '--out', root, root=root)
    return root


@pytest.mark.slow
def test_it_learns_from_a_tenth_of_the_labels_and_all_of_the_footage(footage, tmp_path):
    work = tmp_path / 'work'
    options = ['train_cfg.max_epochs=2', 'randomness.seed=0']
    # The figures of each step, not their mean over some.
    options += ['default_hooks.logger.interval=1', 'log_processor.window_size=1']
    arguments = [CONFIG, '--work-dir', work, '--cfg-options', *options]
    printed = run('tools/train.py', *arguments, root=footage)
    steps = [line for line in printed.splitlines() if 'Epoch(train)' in line]
    losses = [float(re.search(r'loss_cls: ([\d.]+)', line)[1]) for line in steps]
    assert all('loss_temporal' in line and 'loss_channel' in line for line in steps)
    assert 0 < len([loss for loss in losses if loss > 0]) < len(losses)
    arguments = [CONFIG, work / 'epoch_2.pth', '--work-dir', work]
    printed = run('tools/test.py', *arguments, root=footage)
    assert 0 <= float(re.search(r'acc/top1: ([\d.]+)', printed)[1]) <= 1
