"""The benchmark's rows on small data, and its page."""

import json

import pytest
import torch

from tools.experiments.benchmark import paths, samples, steps, timing
from tools.experiments.benchmark.page import FIGURES, PAGE, SUMMARY, make_page


def test_a_ratio_is_that_of_the_times(monkeypatch):
    now = 0.0

    def take(seconds):
        def run():
            nonlocal now
            now += seconds

        return run

    monkeypatch.setattr(timing.time, 'perf_counter', lambda: now)
    row = timing.compare(('ours', 'theirs'), take(0.04), take(0.005), 9, 15, 'waits')
    assert row.ratio == pytest.approx(8)
    assert row.quartiles == pytest.approx((8, 8))
    assert row.reference_figure == '5.00 ms'


def test_one_thread_is_for_a_while():
    threads = torch.get_num_threads()
    with timing.one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads


@pytest.mark.parametrize('name', paths.AUGMENTATIONS)
def test_each_augmentation_is_run(name):
    paths._augment(name, torch.rand(2, 3, 4, 8, 8))()


def test_copies_are_made_once(tmp_path):
    video = samples.render_video(tmp_path)
    (copy,) = samples.copy_videos([video], tmp_path / 'copies')
    made = copy.stat().st_mtime_ns
    assert samples.copy_videos([video], tmp_path / 'copies') == [copy]
    assert copy.stat().st_mtime_ns == made
    samples.load(samples.build_pipeline(samples.CROP), [copy])


def test_both_models_take_steps():
    views, data_samples = steps.make_batch(2, 32, 'cpu')
    steps.step(model := steps.build_stcr(32, 'cpu'), views, data_samples)
    assert all(p.grad is not None for p in model.backbone.parameters())
    steps.step(model := steps.build_stock('cpu'), views[:, :1], data_samples)
    assert all(p.grad is not None for p in model.parameters())


def test_the_page_is_made_of_the_files():
    files = sorted(FIGURES.glob('*.json'))
    assert files and PAGE.read_text() == make_page(files)
    figures = json.loads(files[0].read_text())
    assert f'| {figures["rows"][0]["ratio"]:.2f} |' in PAGE.read_text()


def test_the_summary_has_the_ratios_of_all_devices(tmp_path):
    def write(device, **ratios):
        rows = [
            timing.Row(name, 'other', '', ratio, (ratio, ratio), 1, '1 ms')._asdict()
            for name, ratio in ratios.items()
        ]
        file = tmp_path / f'{device}.json'
        file.write_text(json.dumps(dict(hardware=dict(device=device), rows=rows)))
        return file

    files = [write('CPU', **{'STCR step': 1.234, 'channels last': 0.5})]
    files.append(write('GPU', **{'STCR step': 0.9, 'unknown': 2}))
    page = make_page(files)
    summary = [
        line for line in page.partition('\n## ')[0].splitlines() if line[:1] == '-'
    ]
    assert len(summary) == 2
    assert '1.23 times (CPU) and 0.90 times (GPU)' in summary[0]
    assert '0.50 times (CPU)' in summary[1]
    assert set(SUMMARY) <= {
        row['name']
        for file in FIGURES.glob('*.json')
        for row in json.loads(file.read_text())['rows']
    }
