"""The experiment command: planning, sharing, going on, failing."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.experiments import ROOT, experiment, steps
from tools.experiments import plan as planning
from tools.experiments.plan import Planner
from tools.experiments.spec import Run, SpecError, load_experiment

TRAIN = """
import argparse, json, os, pathlib, sys
add = (parser := argparse.ArgumentParser()).add_argument
add('config'), add('--work-dir', type=pathlib.Path), add('--seed', type=int)
add('--cfg-options', nargs='*', default=[]), add('--resume')
args = parser.parse_args()
config = {}
exec(open(args.config).read(), config)
options = dict(option.split('=') for option in args.cfg_options)
with open('calls', 'a') as calls:
    print('train', pathlib.Path(args.config).name, args.seed, config.get('labels', '-'),
          'from' if 'load_from' in options else '', file=calls)
if options.get('fail') == str(args.seed):
    sys.exit('out of luck')
(args.work_dir / 'run' / 'vis_data').mkdir(parents=True, exist_ok=True)
lines = [dict(step=i, loss=1.0, lr=0.1, rank_clean=8 / i) for i in (1, 2)]
lines += [{'step': i, 'frozen/knn_top1': 0.3 * i} for i in (1, 2)]
scalars = args.work_dir / 'run' / 'vis_data' / 'scalars.json'
scalars.write_text(chr(10).join(map(json.dumps, lines)))
(args.work_dir / 'last_checkpoint').write_text(str(args.work_dir / 'epoch_1.pth'))
"""
TEST = """
import json, pathlib, sys
config, checkpoint, _, folder = sys.argv[1:5]
out = pathlib.Path(folder) / 'run'
out.mkdir()
top1 = 'frozen/knn_top1' if 'frozen' in config else 'acc/top1'
(out / 'run.json').write_text(json.dumps({top1: 1 / 3, 'time': 0.1}))
with open('calls', 'a') as calls:
    print('test', pathlib.Path(config).name, file=calls)
"""
SPEC = """
title = 'Toy'
scale = 'tiny'
prepare = ['tools/prepare.py {data}']
env = dict(TOY='{data}', LABELS='{labels}')
axes = dict(net=['a', 'b'], labels=[1, 5])
seeds = [0, 1]
recognize = 'configs/{net}.py'
arms = dict(
    scratch=dict(title='from scratch'),
    ours=dict(title='ours', pretrain='configs/pre_{net}.py', pretrain_options=['x=1'],
              pretrain_test='configs/frozen.py', recognize_options=['lr={labels}']),
    random=dict(title='random', pretrain='configs/pre_{net}.py', recognize=None,
                pretrain_options=['lr=0']),
)
baseline = 'scratch'
"""
RECOGNIZE = "root = '{{$TOY:x}}'\nlabels = '{{$LABELS:0}}'\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A clone with tools that do nothing but leave what the real ones leave."""
    for name, text in {
        'tools/train.py': TRAIN,
        'tools/test.py': TEST,
        'tools/prepare.py': 'import sys; open("calls", "a").write("prepare\\n")',
        'configs/a.py': RECOGNIZE,
        'configs/b.py': RECOGNIZE + 'b = 1',
        'configs/pre_a.py': "root = '{{$TOY:x}}'",
        'configs/pre_b.py': "root = '{{$TOY:x}}'\nb = 1",
        'configs/frozen.py': 'frozen = 1',
        'toy.py': SPEC,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(steps, 'ROOT', tmp_path)
    monkeypatch.setattr(planning, 'ROOT', tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def run(folder: Path, *args: str) -> int:
    paths = ['--work-dir', folder / 'work', '--results', folder / 'results']
    with pytest.raises(SystemExit) as status:
        experiment.main([str(a) for a in (folder / 'toy.py', *paths, *args)])
    return status.value.code


def calls(folder: Path) -> list[str]:
    """What ran since the last question, in sorted order."""
    path = folder / 'calls'
    told = sorted(path.read_text().splitlines()) if path.exists() else []
    path.unlink(missing_ok=True)
    return told


def plan(folder: Path) -> dict[str, planning.PlannedRun]:
    planner = Planner(load_experiment(folder / 'toy.py'), folder / 'work')
    planned = [planner.plan(one) for one in planner.experiment.runs]
    return {one.run.name: one for one in planned}


def test_runs_are_all_combinations_and_early_ones_can_be_compared(folder):
    runs = load_experiment(folder / 'toy.py').runs
    assert len({one.name for one in runs}) == len(runs) == 3 * 4 * 2
    assert runs[0].name == 'scratch_net-a_labels-1_seed-0'
    assert [one.arm for one in runs[:3]] == ['scratch', 'ours', 'random']
    assert [one.seed for one in runs] == [0] * 12 + [1] * 12


def test_runs_are_left_out_by_what_they_have_in_common(folder):
    every = {one.name for one in load_experiment(folder / 'toy.py').runs}
    lots = "[dict(arm='random', labels=1), dict(net=['b'], seed=[1])]"
    edit(folder / 'toy.py', "title = 'Toy'", f"title = 'Toy'\nleave_out = {lots}")
    left = {one.name for one in load_experiment(folder / 'toy.py').runs}
    assert left == {
        name
        for name in every
        if not ('random' in name and 'labels-1' in name)
        and not ('net-b' in name and 'seed-1' in name)
    }


def test_pretraining_is_shared_by_what_it_does_not_depend_on(folder):
    planned = plan(folder)

    def pretrain(name):
        return planned[name].steps['pretrain']

    one = pretrain('ours_net-a_labels-1_seed-0')
    assert pretrain('ours_net-a_labels-5_seed-0') is one
    for other in (
        'ours_net-b_labels-1_seed-0',
        'ours_net-a_labels-1_seed-1',
        'random_net-a_labels-1_seed-0',
    ):
        assert pretrain(other).folder != one.folder
    tuned = planned['ours_net-a_labels-1_seed-0'].steps['recognize']
    assert tuned.after is one
    folders = [s.folder for p in planned.values() for s in p.steps.values()]
    assert len(set(folders)) == 2 * (2 * (2 + 1) + 4 * (2 + 2))


def test_a_recipe_does_not_depend_on_the_seed_or_the_place(folder, tmp_path):
    planned = plan(folder)
    one, other = (planned[f'ours_net-a_labels-1_seed-{seed}'] for seed in (0, 1))
    assert one.recipe == other.recipe
    moved = Planner(load_experiment(folder / 'toy.py'), tmp_path / 'elsewhere')
    assert moved.plan(one.run).recipe == one.recipe


@pytest.mark.parametrize(
    ('file', 'old', 'new', 'pretrained_anew', 'trained_anew'),
    [
        ('toy.py', 'x=1', 'x=2', True, True),
        ('toy.py', 'lr={labels}', 'lr=3', False, True),
        ('toy.py', 'prepare.py {data}', 'prepare.py {data} --more', True, True),
        ('configs/a.py', 'labels', '# a remark\nlabels', False, False),
        ('configs/a.py', 'labels', 'new = 1\nlabels', False, True),
        ('configs/pre_a.py', 'root', 'new = 1\nroot', True, True),
    ],
)
def test_what_is_changed_gets_a_folder_of_its_own(
    folder, file, old, new, pretrained_anew, trained_anew
):
    name = 'ours_net-a_labels-1_seed-0'
    before = plan(folder)[name].steps
    edit(folder / file, old, new)
    after = plan(folder)[name].steps
    assert (before['pretrain'].folder != after['pretrain'].folder) == pretrained_anew
    assert (before['recognize'].folder != after['recognize'].folder) == trained_anew
    assert (before['test'].folder != after['test'].folder) == trained_anew


@pytest.mark.parametrize(
    ('old', 'new', 'message'),
    [
        ('{net}.py', '{nett}.py', r"'scratch': recognize: unknown name 'nett'.*'net'"),
        ('x=1', '{x', "arm 'ours': pretrain_options: '{x': .*brace"),
        ("baseline = 'scratch'", "baseline = 'none'", "baseline 'none' is no arm"),
        ('seeds = [0, 1]', 'seeds = [0, 0]', 'seeds has a value twice'),
        ('labels=[1, 5]', 'labels=[1, "1"]', 'labels has a value twice'),
        ('labels=[1, 5]', 'labels=5', 'labels must be a list of values, got 5'),
        ('labels=[1, 5]', 'data=[1, 5]', "axis 'data' needs another name"),
        ("net=['a', 'b']", "net=['a/b']", "must do, got 'scratch_net-a/b"),
        ("title='ours'", "titel='ours'", "arm 'ours': unknown key 'titel'"),
        ("title='ours', ", '', "arm 'ours': key 'title' is missing"),
        ("scale = 'tiny'", '', "toy.py: key 'scale' is missing"),
        ("scale = 'tiny'", "scale = ''\nbase = 1", "toy.py: unknown key 'base'"),
        ("['x=1']", "'x=1'", "pretrain_options must be a list, got 'x=1'"),
        ("pretrain='configs/pre_{net}.py', recognize=None", 'recognize=None',
         "arm 'random': needs a config"),
        ("title='from scratch'", "title='x', pretrain_test='p.py'", "needs 'pretrain'"),
        ("title = 'Toy'", "title = ''\norderings = [('ours', '=', 'scratch')]",
         'an ordering is'),
        ("title = 'Toy'", "title = ''\norderings = [('ours', '<', 'none')]",
         'an ordering is'),
        ("title = 'Toy'", "title = ''\nfrozen_metric = 'frozen/knn_top1'",
         'go together'),
        ("title = 'Toy'", "title = ''\nleave_out = [dict(arm=['ours', 'none'])]",
         "leave_out: there is no arm 'none'; choose"),
        ("title = 'Toy'", "title = ''\nleave_out = [dict(nett='a')]",
         "leave_out: there is no nett 'a'; choose"),
        ('configs/frozen.py', 'configs/gone.py', 'there is no config configs/gone.py'),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_before_anything_runs(folder, old, new, message):
    edit(folder / 'toy.py', old, new)
    with pytest.raises(SpecError, match=message):
        plan(folder)
    assert 'experiment.py: error:' in run(folder)
    assert calls(folder) == []


def test_a_name_with_underscore_is_the_files_own(folder):
    edit(folder / 'toy.py', "['x=1']", '_OPTIONS')
    edit(folder / 'toy.py', "title = 'Toy'", "title = 'Toy'\n_OPTIONS = ['x=7']")
    arm = load_experiment(folder / 'toy.py').arms['ours']
    assert arm.pretrain_options == ['x=7']


def test_options_and_env_of_the_top_level_hold_for_every_arm(folder):
    edit(folder / 'toy.py', 'arms =', "recognize_options = ['y=1']\narms =")
    edit(folder / 'toy.py', "title='ours'", "title='ours', env=dict(TOY='t')")
    arms = load_experiment(folder / 'toy.py').arms
    assert arms['scratch'].recognize_options == ['y=1']
    assert arms['ours'].recognize_options == ['y=1', 'lr={labels}']
    assert arms['ours'].env == dict(TOY='t', LABELS='{labels}')


def test_prepare_runs_once_for_each_command(folder, monkeypatch):
    edit(folder / 'toy.py', 'prepare.py {data}', 'prepare.py {data} $VIDEOS --n {labels}')
    planner = Planner(load_experiment(folder / 'toy.py'), folder / 'work')
    with pytest.raises(SpecError, match="the environment variable that '\\$VIDEOS'"):
        planner.prepare_commands()
    monkeypatch.setenv('VIDEOS', '/my videos')
    wanted = ['tools/prepare.py', str(planner.data), '/my videos', '--n']
    assert planner.prepare_commands() == [[*wanted, '1'], [*wanted, '5']]


ONE = ('--only', 'net=a', 'labels=5', '--seeds', '1')


def test_every_step_runs_once_and_the_result_tells_all(folder):
    assert run(folder, '--seeds', '1', *ONE[:3], 'arm=ours', 'arm=scratch') == 0
    assert calls(folder) == [
        'prepare',
        'test a.py',
        'test a.py',
        'test frozen.py',
        'train a.py 1 5 ',
        'train a.py 1 5 from',
        'train pre_a.py 1 - ',
    ]
    path = folder / 'results' / 'toy' / 'ours_net-a_labels-5_seed-1.json'
    result = json.loads(path.read_text())
    assert result['metrics'] == {'acc/top1': 0.33333}
    assert result['frozen'] == {'frozen/knn_top1': 0.33333}
    assert result['pretraining']['collapse'] == {
        'rank_clean': dict(first=8.0, last=4.0, min=4.0)
    }
    assert result['pretraining']['val'] == {
        'frozen/knn_top1': dict(first=0.3, last=0.6, best=0.6)
    }
    assert result['configs']['pretrain'] == 'configs/pre_a.py'
    assert result['options']['recognize'] == ['lr=5']
    assert result['axes'] == dict(net='a', labels=5)
    assert set(result['wall_seconds']) == {
        'pretrain', 'pretrain_test', 'recognize', 'test'
    }  # fmt: skip
    assert str(folder) not in path.read_text()


def test_what_is_done_is_not_done_again(folder):
    assert run(folder, *ONE) == 0
    first = calls(folder)
    assert run(folder, *ONE) == 0
    assert calls(folder) == []
    assert run(folder, '--seeds', '1', '--only', 'net=a') == 0
    assert calls(folder) == [
        'prepare', 'test a.py', 'test a.py', 'train a.py 1 1 ', 'train a.py 1 1 from'
    ]  # fmt: skip
    assert len(first) == 1 + 2 + 4 + 1


def test_a_result_that_is_there_needs_no_work_dir(folder):
    assert run(folder, *ONE) == 0
    (folder / 'work').rename(folder / 'moved')
    calls(folder)
    assert run(folder, *ONE) == 0
    assert calls(folder) == []


def test_a_changed_option_is_run_anew_and_its_result_replaced(folder, capsys):
    assert run(folder, *ONE) == 0
    path = folder / 'results' / 'toy' / 'ours_net-a_labels-5_seed-1.json'
    before = json.loads(path.read_text())
    old = set((folder / 'work').rglob('done.json'))
    calls(folder)
    edit(folder / 'toy.py', 'lr={labels}', 'lr=7')
    assert run(folder, *ONE) == 0
    assert 'will be run again: ours_net-a_labels-5_seed-1' in capsys.readouterr().out
    assert calls(folder) == ['prepare', 'test a.py', 'train a.py 1 5 from']
    after = json.loads(path.read_text())
    assert after['options']['recognize'] == ['lr=7']
    assert after['recipe'] != before['recipe']
    assert old < set((folder / 'work').rglob('done.json'))


def test_a_failure_is_told_at_the_end_and_the_others_go_on(folder, capsys):
    edit(folder / 'toy.py', "['x=1']", "['fail=1']")
    assert run(folder, '--only', 'net=a', 'labels=5') == 1
    told = capsys.readouterr().err
    assert "'pretrain ours_net-a_labels-5_seed-1' failed with exit status 1" in told
    assert 'out of luck' in told and 'log.txt' in told
    assert '1 steps failed, 1 runs are unfinished' in told
    written = {path.stem for path in (folder / 'results' / 'toy').iterdir()}
    runs = {
        f'{arm}_net-a_labels-5_seed-{seed}'
        for arm in ('scratch', 'ours', 'random')
        for seed in (0, 1)
    }
    assert runs - written == {'ours_net-a_labels-5_seed-1'}
    calls(folder)
    edit(folder / 'tools' / 'train.py', 'sys.exit', 'print')
    assert run(folder, '--only', 'net=a', 'labels=5') == 0
    assert [call for call in calls(folder) if 'train' in call] == [
        'train a.py 1 5 from',
        'train pre_a.py 1 - ',
    ]


def test_a_config_edited_meanwhile_does_not_change_what_is_under_way(folder):
    edit(folder / 'configs' / 'pre_a.py', 'root', 'labels = 3\nroot')
    spoil = 'open("configs/pre_a.py", "a").write("\\nlabels = 4")'
    with (folder / 'tools' / 'prepare.py').open('a') as tool:
        tool.write(f'\n{spoil}')
    assert run(folder, *ONE) == 0
    assert [c for c in calls(folder) if 'pre_a' in c] == ['train pre_a.py 1 3 '] * 2


def test_a_dry_run_tells_and_does_nothing(folder, capsys):
    assert run(folder, '--dry-run', *ONE) == 0
    told = capsys.readouterr().out
    assert '0 of 3 runs are done, 7 steps to do' in told
    assert 'to do  pretrain ours_net-a_labels-5_seed-1' in told
    assert calls(folder) == []
    assert not (folder / 'work').exists() and not (folder / 'results').exists()


@pytest.mark.parametrize('choice', ['net=c', 'nett=a', 'net', 'arm=none'])
def test_a_choice_that_is_not_there_is_refused(folder, choice):
    assert f'there is no {choice!r}' in run(folder, '--only', choice)


def test_a_seed_that_is_not_there_is_refused(folder):
    assert "there is no 'seed=7'" in run(folder, '--seeds', '7')


def test_the_name_of_a_run():
    assert Run('ours', dict(net='a', fold=0), 3).name == 'ours_net-a_fold-0_seed-3'


def start(folder: Path, tool: str, *args: object) -> subprocess.Popen:
    spec = Path(__file__).with_name('tiny_experiment.py')
    command = [sys.executable, '-m', f'tools.experiments.{tool}', spec, *args]
    return subprocess.Popen(
        [str(word) for word in (*command, '--results', folder / 'results')],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


EXPERIMENTS = sorted((ROOT / 'tools' / 'experiments' / 'specs').glob('*.py'))


@pytest.mark.parametrize('path', EXPERIMENTS, ids=lambda path: path.stem)
def test_the_projects_experiments_can_be_planned(path, tmp_path):
    planner = Planner(load_experiment(path), tmp_path)
    assert all(planner.plan(run).steps for run in planner.experiment.runs)


@pytest.mark.slow
def test_the_real_tools_with_an_interruption(tmp_path):
    work = tmp_path / 'work'
    args = 'experiment', '--work-dir', work, '--seeds', 0
    interrupted = start(tmp_path, *args)
    while not list(work.rglob('done.json')) and interrupted.poll() is None:
        time.sleep(0.2)
    interrupted.send_signal(signal.SIGINT)
    _, told = interrupted.communicate(timeout=60)
    assert 'interrupted; run the same command to go on' in told
    assert 'Traceback' not in told
    through = {path: path.stat().st_mtime_ns for path in work.rglob('done.json')}
    resumed = start(tmp_path, *args)
    told, errors = resumed.communicate()
    assert resumed.returncode == 0, errors
    assert f'{9 - len(through)} steps to do' in told
    assert all(path.stat().st_mtime_ns == time for path, time in through.items())
    written = list((tmp_path / 'results' / 'tiny_experiment').iterdir())
    assert len(written) == 4
    for path in written:
        result = json.loads(path.read_text())
        assert 0 <= result['metrics']['acc/top1'] <= 1
        if result['arm'] == 'stcr':
            assert result['pretraining']['collapse']['rank_clean']['first'] > 1
    out = tmp_path / 'results.md'
    start(tmp_path, 'report', '--out', out).communicate()
    assert '4 of 8 runs' in out.read_text()
