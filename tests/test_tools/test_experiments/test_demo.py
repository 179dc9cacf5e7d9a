"""The demo and the steps that it is made of."""

import json
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from scipy import stats

from tools.experiments import ROOT, demo, demo_report


def make_work_dir(folder: Path, checkpoint: str) -> Path:
    """Make a work directory as a training leaves it that ran somewhere else."""
    folder.mkdir()
    (folder / 'last_checkpoint').write_text(f'/elsewhere/{checkpoint}\n')
    return folder


def task(**changes: object) -> demo.Task:
    given = dict(title='toy', scale='tiny', prepare=[], num_classes=8, env={})
    given.update(pretrain=Path('p.py'), fine_tune=Path('f.py'), scratch=Path('s.py'))
    return demo.Task(**{**given, **changes})


def test_both_methods_train_alike_but_for_config_and_first_weights(tmp_path):
    _, tuned, tested, scratch, _ = demo.make_steps(task(), tmp_path, [7])
    run = tmp_path / 'seed_7'
    run.mkdir()
    make_work_dir(run / 'pretrain', 'epoch_1.pth')
    command, other = tuned.command(), scratch.command()
    assert command[-2:] == ['--cfg-options', f'load_from={run}/pretrain/epoch_1.pth']
    same = dict(zip(command[:-2], other, strict=True))
    assert same.pop('f.py') == 's.py'
    assert all(word.replace('/stcr', '/scratch') == same[word] for word in same)
    make_work_dir(run / 'stcr', 'epoch_1.pth')
    assert 'f.py' in tested.command()


def test_every_run_has_a_folder_of_its_own(tmp_path):
    steps = demo.make_steps(task(), tmp_path, [0, 1, 2])
    assert len({step.folder for step in steps}) == len(steps) == 15


def resolved(name: str) -> Config:
    path = ROOT / 'configs' / 'demo' / name
    return Config.fromfile(path, import_custom_modules=False)


@pytest.mark.parametrize('data', ['16x2x1_motion-rgb', '16x1x1_surv-fight-rgb'])
def test_configs_pretrain_what_they_fine_tune_without_labels(data):
    pretrain, recognize = (
        resolved(f'{name}_{data}.py')
        for name in ('stcr-contrast_r3d-vcop', 'r3d-vcop_stcr-contrast-pre_gradients')
    )
    assert pretrain.model.backbone == recognize.model.backbone
    assert pretrain.model.data_preprocessor == recognize.model.data_preprocessor
    assert pretrain.model.cls_head is None
    test_videos = recognize.test_dataloader.dataset.ann_file
    assert test_videos != pretrain.train_dataloader.dataset.ann_file
    sampling = recognize.test_dataloader.dataset.pipeline[1]
    assert sampling.num_clips == 10


def test_environment_chooses_data_and_fold(monkeypatch):
    monkeypatch.setenv('SURV_FIGHT_ROOT', '/videos')
    monkeypatch.setenv('FOLD', '3')
    config = resolved('stcr_r3d-vcop_16x1x1_surv-fight-rgb.py')
    wanted = '/videos/surv_fight_train_fold_3_videos.txt'
    assert config.train_dataloader.dataset.ann_file == wanted


def test_summary_agrees_with_a_paired_t_test():
    stcr, scratch = [50.0, 61.0, 47.5, 58.0], [41.0, 55.5, 50.0, 44.0]
    summary = demo_report.summarize(
        dict(stcr=dict(enumerate(stcr)), scratch=dict(enumerate(scratch)))
    )
    for name, values in (('stcr', stcr), ('scratch', scratch)):
        assert summary[name]['mean'] == pytest.approx(np.mean(values))
        assert summary[name]['std'] == pytest.approx(stats.tstd(values))
    expected = stats.ttest_rel(stcr, scratch).confidence_interval(0.95)
    found = summary['difference']
    assert found['mean'] - found['interval'] == pytest.approx(expected.low)
    assert found['mean'] + found['interval'] == pytest.approx(expected.high)


@pytest.mark.parametrize(
    ('mean', 'interval', 'words'),
    [
        (9.0, 4.0, 'pretraining helps'),
        (-9.0, 4.0, 'does not help, it harms'),
        (3.0, 4.0, 'no difference that these seeds could tell'),
        (9.0, None, 'one seed says nothing'),
    ],
)
def test_conclusion_is_no_bolder_than_the_figures(mean, interval, words):
    assert words in demo_report.conclude(dict(mean=mean, interval=interval))


def test_a_collapse_in_any_seed_is_told():
    assert 'too short' in demo_report.tell_collapse({0: {}})
    fine, fallen = ({'spread_clean': dict(first=0.5, last=last)} for last in (0.4, 0.05))
    assert 'No collapse' in demo_report.tell_collapse({0: fine})
    assert (
        'collapsed while pretraining: spread_clean to 10%'
        in demo_report.tell_collapse({0: fine, 1: fallen})
    )


def test_one_seed_has_no_spread():
    summary = demo_report.summarize(dict(stcr={0: 50.0}, scratch={0: 40.0}))
    assert summary['stcr']['std'] is None
    assert summary['difference']['interval'] is None


def write_run(run: Path, stcr: float, scratch: float) -> None:
    """Write what the steps of one seed leave behind."""
    for method, top1 in (('stcr', stcr), ('scratch', scratch)):
        (run / f'{method}_test' / 'time').mkdir(parents=True)
        metrics = run / f'{method}_test' / 'time' / 'time.json'
        metrics.write_text(json.dumps({'acc/top1': top1}))
    scalars = run / 'pretrain' / 'time' / 'vis_data' / 'scalars.json'
    scalars.parent.mkdir(parents=True)
    logged = [dict(step=10 * i, loss=1 / i, rank_clean=9.0 - i) for i in (1, 2, 3)]
    scalars.write_text('\n'.join(map(json.dumps, logged)))


def test_report_writes_table_figures_and_picture(tmp_path, capsys):
    for seed, top1 in ((0, (0.5, 0.25)), (4, (0.75, 0.5))):
        write_run(tmp_path / f'seed_{seed}', *top1)
    configs = demo.CONFIGS
    names = dict(pretrain='p.py', fine_tune='f.py', scratch='s.py')
    toy = task(**{key: configs / name for key, name in names.items()})
    args = Namespace(work_dir=tmp_path, seeds=[0, 4], jobs=1)
    demo.report(toy, args, {'last command': 1.5}, demo.Console(width=100))
    printed = capsys.readouterr().out
    assert '62.5' in printed and '37.5' in printed and 'chance' in printed
    results = json.loads((tmp_path / 'results.json').read_text())
    assert results['top1_percent']['difference']['per_seed'] == {'0': 25.0, '4': 25.0}
    assert results['collapse_monitor']['0'] == {
        'rank_clean': dict(first=8.0, last=6.0, min=6.0)
    }
    assert 'No collapse' in results['conclusion']
    assert results['hardware']['cpu_count'] >= 1
    assert (tmp_path / 'results.png').read_bytes().startswith(b'\x89PNG')


def test_runs_of_other_settings_are_not_continued(tmp_path):
    demo.check_same_settings(tmp_path, task())
    demo.check_same_settings(tmp_path, task())
    with pytest.raises(ValueError, match='give another --work-dir or delete it'):
        demo.check_same_settings(tmp_path, task(options=['train_cfg.max_epochs=2']))


@pytest.mark.parametrize(
    ('args', 'message'),
    [
        (['--dataset', 'surv_fight'], 'needs --data-root'),
        (['--dataset', 'ucf101'], "invalid choice: 'ucf101'"),
        (['--seeds', '1', '1'], '--seeds must be different'),
        (['--seeds', '-1'], '--seeds must be different and not negative'),
        (['--jobs', '0'], '--jobs must be at least 1, got 0'),
    ],
)
def test_bad_arguments_are_refused(args, message, capsys):
    with pytest.raises(SystemExit):
        demo.parse_args(args)
    assert message in capsys.readouterr().err


def run_demo(*args: object) -> subprocess.CompletedProcess:
    command = [sys.executable, '-m', 'tools.experiments.demo', *map(str, args)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


def test_a_missing_data_set_is_named(tmp_path):
    args = ('--dataset', 'surv_fight', '--data-root', tmp_path / 'none', '--quick')
    done = run_demo(*args, '--work-dir', tmp_path / 'work')
    assert done.returncode == 1
    assert 'groups.json not found' in done.stderr
    assert 'Traceback' not in done.stderr


@pytest.mark.slow
def test_the_whole_job_and_that_it_goes_on(tmp_path):
    args = ['--quick', '--seeds', 0, '--work-dir', tmp_path]
    done = run_demo(*args)
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads((tmp_path / 'results.json').read_text())
    assert set(results['top1_percent']) == {'stcr', 'scratch', 'difference'}
    assert (tmp_path / 'results.png').exists()
    assert run_demo(*args).stdout.count('(done before)') == 5
