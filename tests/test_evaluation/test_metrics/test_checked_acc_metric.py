"""Damaged videos count as wrong, by the metric and without it."""

import pytest
import torch
from mmaction.registry import METRICS

from stcr_mmaction.evaluation.metrics import checked_acc_metric

SCORES = torch.tensor(
    [[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.2, 0.2, 0.6], [0.6, 0.3, 0.1]]
)
LABELS = [0, 1, 2, 0]


def evaluate(kind, damaged=(), topk=(1, 5)):
    options = dict(top_k_accuracy=dict(topk=topk))
    metric = METRICS.build(dict(type=kind, metric_options=options))
    samples = []
    for number, (scores, label) in enumerate(zip(SCORES, LABELS, strict=True)):
        sample = dict(pred_score=scores, gt_label=torch.tensor([label]))
        if number in damaged:
            note = dict(damaged=f'{number}.mp4 is damaged', damaged_label=label)
            sample |= dict(note, gt_label=torch.tensor([-1]))
        samples.append(sample)
    metric.process(None, samples)
    return metric.evaluate(len(samples))


def test_sound_videos_have_the_stock_figures():
    checked = evaluate('CheckedAccMetric')
    assert checked.pop('acc/damaged_videos') == 0
    assert checked == evaluate('AccMetric')


@pytest.mark.parametrize('damaged', [[1], [0, 3], [0, 1, 2, 3]])
def test_damaged_videos_are_wrong(damaged):
    figures = evaluate('CheckedAccMetric', damaged)
    assert figures['acc/top1'] == pytest.approx(1 - len(damaged) / 4)
    assert figures['acc/damaged_videos'] == len(damaged)


def test_they_are_wrong_in_the_mean_over_classes():
    figures = evaluate('CheckedAccMetric', [1])  # the only one of class 1
    assert figures['acc/mean1'] == pytest.approx(2 / 3)


@pytest.mark.parametrize('damaged', [[1], [0, 3]])
@pytest.mark.parametrize('kind', ['CheckedAccMetric', 'AccMetric'])
def test_they_are_wrong_however_many_guesses_there_are(kind, damaged):
    """As many as there are classes, and more."""
    figures = evaluate(kind, damaged, topk=(3, 5))
    assert figures['acc/top3'] == figures['acc/top5'] == 1 - len(damaged) / 4


@pytest.mark.parametrize('damaged', [[1], [0, 3]])
def test_the_stock_metric_counts_them_as_wrong_too(damaged):
    assert evaluate('AccMetric', damaged)['acc/top1'] == 1 - len(damaged) / 4


def test_they_are_named(monkeypatch):
    told = []
    monkeypatch.setattr(
        checked_acc_metric, 'print_log', lambda message, **_: told.append(message)
    )
    evaluate('CheckedAccMetric', [2])
    assert told == ['counted as wrong: 2.mp4 is damaged']
