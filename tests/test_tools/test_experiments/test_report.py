"""The report: figures that can be checked by hand, nothing dropped in silence."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from tools.experiments import report
from tools.experiments.result import result_path, settings_of, write_result
from tools.experiments.results import load_results
from tools.experiments.spec import Experiment, Run, load_experiment

SPEC = """
title = 'Toy'
scale = 'A tiny network.'
axes = dict(net=['a'], labels=[1, 5])
seeds = [0, 1, 2]
arms = dict(
    scratch=dict(title='from scratch', recognize='r.py'),
    good=dict(title='good', recognize='r.py', pretrain='p_{net}.py', pretrain_test='t'),
    random=dict(title='random', pretrain='p_{net}.py', pretrain_options=['lr=0'],
                pretrain_test='t'),
)
baseline = 'scratch'
frozen_metric = 'frozen/knn_top1'
frozen_baseline = 'random'
orderings = [('scratch', '<', 'good')]
notes = ['What it means.']
"""
RANK_OF_1 = '"frozen/effective_rank": 0.4'
TOP1 = {
    ('scratch', 1): [0.40, 0.50, 0.45],
    ('good', 1): [0.60, 0.72, 0.66],
    ('scratch', 5): [0.50, 0.60, 0.70],
    ('good', 5): [0.55, 0.55, 0.70],
}


def write_runs(folder: Path, experiment: Experiment, top1: dict = TOP1) -> None:
    """Write result files; of the metrics those that an arm has."""
    for run in experiment.runs:
        arm = experiment.arms[run.arm]
        key = run.arm, *(value for axis, value in run.axes.items() if axis != 'net')
        collapse = dict(
            rank_clean=dict(first=10.0, last=8.0 - run.seed, min=5.0),
            rank_noise=dict(first=20.0, last=16.0, min=10.0),
            spread_clean=dict(first=0.5, last=0.4, min=0.4),
            spread_noise=dict(first=0.5, last=0.3, min=0.2),
        )
        pretraining = dict(recipe=f'p-{run.arm}', collapse=collapse, val={})
        good = run.arm == 'good'
        frozen = {
            'frozen/knn_top1': 0.3 + 0.2 * good + 0.01 * run.seed,
            'frozen/effective_rank': (0.8 - 0.3 * good) * (1 + run.seed),
        }
        parts = ('pretrain', 'recognize') if arm.recognize else ('pretrain',)
        result = dict(
            settings_of(experiment, run),
            config_digests={},
            recipe='r',
            metrics={'acc/top1': top1[key][run.seed]} if arm.recognize else {},
            frozen=frozen if arm.pretrain_test else {},
            pretraining=pretraining if arm.pretrain else {},
            wall_seconds={part: 1800.0 for part in parts if getattr(arm, part)},
            hardware=dict(device='cpu', processor='x', cpu_count=2, jobs=2),
            versions=dict(stcr_mmaction='1', torch='2', commit='abc'),
        )
        write_result(result_path(folder, experiment, run), result)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / 'toy.py').write_text(SPEC)
    write_runs(tmp_path / 'results', load_experiment(tmp_path / 'toy.py'))
    return tmp_path


def make(folder: Path, *args: str) -> str:
    out = folder / 'results.md'
    paths = [folder / 'toy.py', '--results', folder / 'results', '--out', out]
    report.main([str(arg) for arg in (*paths, *args)])
    return out.read_text()


def rows(text: str, title: str) -> list[list[str]]:
    """Return the cells of the rows that begin with a title."""
    lines = [line.strip('|').split('|') for line in text.splitlines() if '|' in line]
    cells = [[cell.strip() for cell in line] for line in lines]
    return [line[1:] for line in cells if line[0] == title]


def interval(values: list[float], others: list[float]) -> str:
    values, others = 100 * np.array(values), 100 * np.array(others)
    low, high = stats.ttest_rel(values, others).confidence_interval(0.95)
    return f'{(values - others).mean():+.1f} [{low:+.1f}, {high:+.1f}], n = {len(values)}'


def test_means_differences_and_verdicts(folder):
    text = make(folder)
    assert rows(text, 'from scratch') == [['45.0 ± 5.0', '60.0 ± 10.0']]
    accuracy, difference, *_ = rows(text, 'good')
    assert accuracy == ['66.0 ± 6.0', '60.0 ± 8.7']
    clear, none = (
        interval(TOP1['good', labels], TOP1['scratch', labels]) for labels in (1, 5)
    )
    assert difference == [f'{clear}: better', f'{none}: no significant difference']
    assert rows(text, 'from scratch < good') == [
        [f'{clear}: holds', f'{none}: not significant']
    ]


def test_an_arm_that_is_worse_and_an_ordering_that_does_not_hold(folder):
    experiment = load_experiment(folder / 'toy.py')
    swapped = {
        ({'good': 'scratch', 'scratch': 'good'}[arm], labels): values
        for (arm, labels), values in TOP1.items()
    }
    write_runs(folder / 'results', experiment, swapped)
    text = make(folder)
    assert rows(text, 'good')[1][0].endswith(': worse')
    assert rows(text, 'from scratch < good')[0][0].endswith(': does not hold')


def test_without_a_baseline_orderings_alone_are_looked_at(folder):
    path = folder / 'toy.py'
    path.write_text(SPEC.replace("baseline = 'scratch'\n", '', 1))
    text = make(folder)
    assert 'Difference to *from scratch*' not in text
    assert rows(text, 'from scratch < good')[0][0].endswith('holds')


def test_an_ordering_may_be_written_either_way(folder):
    before = rows(make(folder), 'from scratch < good')
    path = folder / 'toy.py'
    path.write_text(SPEC.replace("('scratch', '<', 'good')", "('good', '>', 'scratch')"))
    assert rows(make(folder), 'good > from scratch') == before


def test_pretraining_is_told_once_for_what_shares_it(folder):
    text = make(folder)
    assert rows(text, 'good, net a') == []
    assert rows(text, 'good')[-2:] == [
        ['3', '100.0 ± 50.0', '51.0 ± 1.0', '62%'],
        ['3', '60%, 50%', '60%, 40%', '30.0'],
    ]
    assert rows(text, 'random')[-2] == ['3', '160.0 ± 80.0', '31.0 ± 1.0', '100%']


def test_frozen_features_are_compared_with_their_own_baseline(folder):
    text = make(folder)
    part = text[text.index('frozen features: difference to *random*') :]
    assert rows(part, 'good')[0] == ['+20.0 [+20.0, +20.0], n = 3: better']


def test_the_rank_is_compared_run_by_run_and_the_worst_told(folder):
    path = folder / 'results' / 'toy' / 'good_net-a_labels-1_seed-1.json'
    path.write_text(path.read_text().replace('"frozen/effective_rank": 1.0', RANK_OF_1))
    text = make(folder)
    assert 'least share of the rank of *random*' in text
    assert rows(text, 'good')[-2][-1] == '25%'


def test_frozen_features_pair_whatever_was_trained_on_them(folder):
    for path in (folder / 'results').rglob('*random*labels-1*.json'):
        path.unlink()
    part = make(folder).partition('frozen features: difference to *random*')[2]
    assert rows(part, 'good')[0] == ['+20.0 [+20.0, +20.0], n = 3: better']


def test_a_wide_table_is_turned_round(tmp_path):
    values = list(range(7))
    (tmp_path / 'toy.py').write_text(SPEC.replace('labels=[1, 5]', f'labels={values}'))
    top1 = {(arm, n): [n / 10] * 3 for arm in ('scratch', 'good') for n in values}
    write_runs(tmp_path / 'results', load_experiment(tmp_path / 'toy.py'), top1)
    text = make(tmp_path)
    assert rows(text, 'net a, labels 3')[0] == ['30.0 ± 0.0', '30.0 ± 0.0']
    assert rows(text, '')[0] == ['from scratch', 'good']


def test_wall_time_counts_a_shared_pretraining_once(folder):
    experiment = load_experiment(folder / 'toy.py')
    found = load_results(folder / 'results', experiment)
    assert found.seconds == 1800 * (2 * 3 + 2 * 2 * 3)
    assert '9.0 hours' in make(folder)


def test_an_axis_that_pretraining_depends_on_makes_columns(folder):
    for path in (folder / 'results').rglob('*labels-5*.json'):
        result = json.loads(path.read_text())
        if result['pretraining']:
            result['pretraining']['recipe'] += '-5'
        path.write_text(json.dumps(result))
    text = make(folder)
    assert [row[0] for row in rows(text, 'good, labels 1')] == ['3', '3']
    assert [row[0] for row in rows(text, 'good, labels 5')] == ['3', '3']


def test_folds_are_pooled(tmp_path):
    spec = SPEC.replace("net=['a'], labels=[1, 5]", 'net=["a"], fold=[0, 1]')
    (tmp_path / 'toy.py').write_text(spec)
    experiment = load_experiment(tmp_path / 'toy.py')
    top1 = {(arm, labels // 5): values for (arm, labels), values in TOP1.items()}
    write_runs(tmp_path / 'results', experiment, top1)
    text = make(tmp_path)
    values, others = (
        list(itertools.chain(*(TOP1[arm, labels] for labels in (1, 5))))
        for arm in ('good', 'scratch')
    )
    mean, std = 100 * np.mean(values), 100 * np.std(values, ddof=1)
    accuracy, difference, *_ = rows(text, 'good')
    assert accuracy == [f'{mean:.1f} ± {std:.1f}']
    assert difference[0].startswith(interval(values, others))
    assert 'pooled over folds' in text


def test_missing_runs_are_named_and_do_not_count(folder):
    gone = folder / 'results' / 'toy' / 'good_net-a_labels-1_seed-2.json'
    gone.unlink()
    text = make(folder)
    assert '17 of 18 runs' in text
    assert '**Not run yet: good_net-a_labels-1_seed-2.**' in text
    assert rows(text, 'good')[0][0] == '66.0 ± 8.5 (n = 2)'
    assert 'n = 2' in rows(text, 'good')[1][0]
    assert rows(text, 'from scratch')[0][0] == '45.0 ± 5.0'


def test_what_is_left_out_is_not_missing_and_may_not_be_there(folder):
    edited = SPEC + "leave_out = [dict(arm='good', labels=1, seed=2)]"
    (folder / 'toy.py').write_text(edited)
    with pytest.raises(SystemExit, match=r'good_net-a_labels-1_seed-2.json is of no run'):
        make(folder)
    (folder / 'results' / 'toy' / 'good_net-a_labels-1_seed-2.json').unlink()
    text = make(folder)
    assert '17 of 17 runs' in text and 'Not run yet' not in text
    assert '1 of 18 combinations of arm, axes and seed are left out' in text
    assert rows(text, 'good')[0] == ['66.0 ± 8.5 (n = 2)', '60.0 ± 8.7']


def test_results_of_other_settings_are_named_and_left_out(folder):
    path = folder / 'toy.py'
    path.write_text(SPEC.replace("['lr=0']", "['lr=0.1']"))
    text = make(folder)
    assert '12 of 18 runs' in text
    assert 'settings were changed since: random_net-a_labels-1_seed-0' in text
    assert not rows(text, 'random')


def test_results_of_two_states_of_a_config_are_refused(folder):
    for seed in (0, 1):
        path = folder / 'results' / 'toy' / f'scratch_net-a_labels-1_seed-{seed}.json'
        result = json.loads(path.read_text())
        result['config_digests'] = dict(recognize=f'state {seed}')
        path.write_text(json.dumps(result))
    with pytest.raises(SystemExit, match='r.py was changed between the runs'):
        make(folder)


def test_a_metric_that_is_not_there_is_named(folder):
    (folder / 'toy.py').write_text(SPEC + "metric = 'acc/top5'")
    with pytest.raises(SystemExit, match=r"has no 'acc/top5'.*acc/top1"):
        make(folder)


def test_a_broken_result_file_is_named(folder):
    path = folder / 'results' / 'toy' / 'good_net-a_labels-1_seed-2.json'
    path.write_text('{')
    with pytest.raises(SystemExit, match='seed-2.json is no result file'):
        make(folder)


def test_no_results_yet(tmp_path):
    (tmp_path / 'toy.py').write_text(SPEC)
    text = make(tmp_path)
    assert '0 of 18 runs' in text and 'What it means.' in text
    assert '|' not in text and '![' not in text


def test_heading_facts_and_notes(folder):
    text = make(folder)
    for part in ('# Toy', 'A tiny network.', '18 of 18 runs; seeds 0, 1, 2',
                 'cpu (x, 2 processors, 2 jobs at a time)', 'stcr_mmaction 1 at abc',
                 'What it means.', 'experiments.report'):  # fmt: skip
        assert part in text
    assert (folder / 'results' / 'toy.png').read_bytes().startswith(b'\x89PNG')
    assert '![Toy](results/toy.png)' in text


def test_the_report_is_stable_and_can_be_checked(folder):
    text = make(folder)
    picture = (folder / 'results' / 'toy.png').read_bytes()
    assert make(folder) == text
    assert (folder / 'results' / 'toy.png').read_bytes() == picture
    make(folder, '--check')
    path = folder / 'results' / 'toy' / 'good_net-a_labels-1_seed-2.json'
    path.write_text(path.read_text().replace('0.66', '0.67'))
    with pytest.raises(SystemExit, match='is not up to date'):
        make(folder, '--check')
    assert (folder / 'results.md').read_text() == text


@pytest.fixture
def project(folder, monkeypatch):
    """Make the folder the project whose report is written by default."""
    for name, place in dict(RESULTS='results', SPECS='.').items():
        monkeypatch.setattr(report, name, folder / place)
    return folder


def test_the_pages_of_the_project_are_checked(project):
    with pytest.raises(SystemExit, match='toy.md is not up to date'):
        report.main(['--check'])
    report.main([])
    report.main(['--check'])


def test_the_page_has_frozen_differences(project):
    report.main([])
    text = (project / 'results' / 'toy.md').read_text()
    expected = interval([0.5, 0.51, 0.52], [0.3, 0.31, 0.32])
    assert any(expected in row[0] for row in rows(text, 'good'))


def test_a_part_of_the_results_is_no_report_of_the_project(project, capsys):
    for part in (['toy.py'], ['--results', str(project)]):
        with pytest.raises(SystemExit):
            report.main(part)
        assert 'name another report with --out' in capsys.readouterr().err
    assert not (project / 'results' / 'toy.md').exists()


def test_the_committed_report_is_up_to_date():
    report.main(['--check'])


def test_columns_of_a_run(folder):
    found = load_results(folder / 'results', load_experiment(folder / 'toy.py')).found
    assert found[0].run == Run('scratch', dict(net='a', labels=1), 0)
    assert found[0].columns(['labels']) == (1,)


def test_long_lists_of_runs_are_cut_and_counted():
    assert report._listed(['a', 'b', 'c']) == 'a, b, c'
    assert report._listed(['a', 'b', 'c', 'd', 'e']) == 'a, b, c and 2 more'
