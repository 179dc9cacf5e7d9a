"""The page of results on real clips: its figures are those of the files."""

import itertools
import json
from functools import partial

import numpy as np
import pytest

from tools.experiments.marked_tables import fill_in
from tools.experiments.real_clips import page
from tools.experiments.real_clips.comparison import (
    Group,
    accuracy,
    difference,
    read_groups,
)
from tools.experiments.real_clips.finetuned_tables import (
    summarize_fine_tuned,
    write_fine_tuned,
    write_tuning,
)
from tools.experiments.real_clips.finetuning import GRID
from tools.experiments.real_clips.measures import MEASURE
from tools.experiments.real_clips.picture import draw_bars
from tools.experiments.real_clips.short_tables import write_short_table

PROBE = 'linear, rgb, space kept'


def make_group(rows, arm='contrast'):
    results = {seed: dict(right={PROBE: row}) for seed, row in enumerate(rows)}
    return Group('lips', 'r3d', arm, results)


def draw_rows(shares, videos=400):
    random = np.random.default_rng(0)
    numbers = random.random((len(shares), videos))
    return [
        ''.join('01'[int(number < share)] for number in row)
        for row, share in zip(numbers, shares, strict=True)
    ]


def test_the_interval_of_one_seed_is_that_of_a_share():
    (row,) = draw_rows([0.3])
    estimate = accuracy(make_group([row]), PROBE)
    share = row.count('1') / 400
    error = 100 * (share * (1 - share) / 400) ** 0.5
    assert estimate.mean == pytest.approx(100 * share)
    assert estimate.low == pytest.approx(100 * share - 1.96 * error, abs=0.5)
    assert estimate.high == pytest.approx(100 * share + 1.96 * error, abs=0.5)


def test_seeds_that_differ_widen_the_interval():
    same = accuracy(make_group(draw_rows([0.5, 0.5, 0.5])), PROBE)
    apart = accuracy(make_group(draw_rows([0.2, 0.5, 0.8])), PROBE)
    assert apart.high - apart.low > 3 * (same.high - same.low)


def test_differences_are_paired_on_the_seeds_that_both_have():
    rows = draw_rows([0.2, 0.5, 0.8])
    group = make_group(rows)
    assert difference(group, group, PROBE)[:3] == (0, 0, 0)
    other = make_group(rows[:2], 'untrained')
    assert difference(group, other, PROBE).seeds == 2
    missing = Group('lips', 'r3d', 'untrained', {7: group.results[0]})
    assert difference(group, missing, PROBE) is None
    inverse = {'0': '1', '1': '0'}
    flipped = [''.join(inverse[digit] for digit in row) for row in rows[:1]]
    found = difference(make_group(rows[:1]), make_group(flipped), PROBE)
    assert found.mean == pytest.approx(2 * 100 * rows[0].count('1') / 400 - 100)
    assert found.clear


def write_result(folder, name, arm, seed, right, of='lips'):
    folder.mkdir(parents=True, exist_ok=True)
    result = dict(set=of, backbone='r3d', arm=arm, seed=seed, right=right)
    (folder / f'{name}_seed-{seed}.json').write_text(json.dumps(result))


def test_the_tables_have_the_figures_of_the_files(tmp_path):
    names = [f'{measure}, space kept' for measure in page.MEASURES]
    for arm, row in (('untrained', '0001'), ('contrast', '0111')):
        right = dict.fromkeys(names, row)
        write_result(tmp_path / 'frozen', f'lips_r3d_{arm}', arm, 0, right)
    (title, about, table) = page.write_frozen(read_groups(tmp_path / 'frozen'))
    assert 'Lips' in title and 'A guess gets 10%' in about
    untrained, contrast = table.splitlines()[2:]
    assert '| untrained | 1 | 25 [' in untrained and untrained.endswith('| – |')
    assert '| contrast | 1 | 75 [' in contrast and '+50 [' in contrast


def test_each_number_of_labels_has_a_table(tmp_path):
    for labels, row in ((5, '01'), ('all', '11')):
        for arm in ('untrained', 'contrast'):
            name = f'lips_r3d_{arm}_labels-{labels}_rgb'
            write_result(tmp_path, name, arm, 0, dict(top1=row))
    few, few_table, whole, whole_table = write_fine_tuned(tmp_path)
    assert '5 labels per class, rgb' in few and 'all labels per class, rgb' in whole
    assert '| from scratch | 1 | 50 [' in few_table
    assert whole_table.count('100 [100, 100]') == 2
    assert '+0 [+0, +0]' in whole_table
    *_, of_few, of_all = summarize_fine_tuned(tmp_path)
    assert of_few.startswith('| lips, rgb | R3D | 5 | 1 | 50 [')
    assert of_all.startswith('| lips, rgb | R3D | all | 1 | 100 [100, 100] | 100 [')


def test_the_accuracy_of_each_recipe_is_shown(tmp_path):
    right = {str(recipe): '01' for recipe in GRID[1:-1]} | {str(GRID[0]): '11'}
    result = dict(set='lips', backbone='r3d', arm='untrained', seed=0, right=right)
    file = tmp_path / 'lips_r3d_untrained_labels-20_rgb.json'
    file.write_text(json.dumps(result))
    _, _, table = write_tuning(tmp_path)
    row = table.splitlines()[2]
    assert row.startswith('| lips | R3D | from scratch | 20, rgb | 100 [100, 100] |')
    assert row.count('| 50 [') == len(GRID) - 2
    assert row.endswith('| – |')  # not tried


def test_the_picture_has_a_panel_for_each_set(tmp_path):
    estimate = accuracy(make_group(draw_rows([0.5])), PROBE)
    bars = [('lips', 'r3d', estimate, True), ('interactions', 'r3d', estimate, False)]
    draw_bars(bars, dict(lips=10, interactions=17), tmp_path / 'a' / 'bars.png')
    assert (tmp_path / 'a' / 'bars.png').stat().st_size > 5000


def test_a_change_is_told_on_the_seeds_that_both_have(tmp_path):
    rows = {'contrast': '0101', 'motion-first': '0111'}
    names = dict.fromkeys(MEASURE.values())
    for name, arm in itertools.product(MEASURE, rows):
        right = dict.fromkeys(names, rows[arm])
        write_result(tmp_path / 'frozen', f'{name}_r3d_{arm}', arm, 0, right, name)
    right = dict.fromkeys(names, '1111')
    write_result(tmp_path / 'frozen', 'lips_r3d_contrast', 'contrast', 1, right)
    *_, row = write_short_table('real_clips', 'motion_first', tmp_path)
    assert read_means(row) == ['R3D', '1', '50 → 75, +25', '50 → 75, +25']


def test_each_perturbation_is_beside_none_of_the_same_seed(tmp_path):
    rows = {'contrast': '0101', 'mixup-1': '0001'}
    for arm, row in rows.items():
        right = {PROBE: row, PROBE.replace('rgb', 'gradients'): '1111'}
        write_result(tmp_path / 'frozen', f'lips_r3d_{arm}', arm, 0, right)
    write_result(tmp_path / 'frozen', 'lips_r3d_contrast', 'contrast', 1, {PROBE: '1111'})
    _, _, *rows = write_short_table('real_clips', 'perturbations', tmp_path)
    found = {row[0]: row[1:] for row in map(read_means, rows)}
    assert found['none of these'] == ['–', '–', '50', '100']
    assert found['(e) Intra-Video Mixup'] == ['–', '–', '25, -25', '100, +0']
    assert found['(a) Gaussian noise'] == ['–', '–', '–', '–']


def read_means(row):
    cells = (cell.strip() for cell in row.strip('|').split('|'))
    return [cell.split(' [')[0].lstrip('*') for cell in cells]


def test_tables_of_others_are_kept(tmp_path):
    assert write_short_table('demo', 'both', tmp_path) is None


def test_only_a_known_table_is_filled_in():
    mine, yours = (f'<!-- {kind}: of -->\nold\n<!-- end -->\n' for kind in ('my', 'your'))
    text = fill_in(mine + yours, lambda kind, name: ['|'] if kind == 'my' else None)
    assert text == mine.replace('old\n', '\n|\n\n') + yours


def test_the_tables_in_the_texts_are_those_of_the_result_files():
    fill = partial(write_short_table, folder=page.RESULTS / 'cpu')
    for file in page.TEXTS:
        text = file.read_text()
        assert fill_in(text, fill) == text, file.name
