"""Accuracy of clips and of videos, from scores that are known."""

import numpy as np
import pytest
import torch
from mmaction.evaluation import AccMetric
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator


def evaluate(scores, labels, damaged=(), metric='ClipAccMetric', **options):
    evaluator = Evaluator(METRICS.build(dict(type=metric, **options)))
    samples = []
    for number, (score, label) in enumerate(zip(scores, labels, strict=True)):
        sample = ActionDataSample().set_gt_label(int(label)).set_pred_score(score)
        if number in damaged:
            sample.set_gt_label(-1)
            sample.set_metainfo(dict(damaged='why', damaged_label=int(label)))
        samples.append(sample)
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


@pytest.mark.parametrize('average_clips', ['score', 'prob'])
def test_both_are_loops(average_clips):
    scores, labels = 3 * torch.randn(40, 10, 6), torch.randint(6, (40,))
    scores[range(40), :, labels] += 1.5
    figures = evaluate(scores, labels, average_clips=average_clips)
    averaged = scores.softmax(2) if average_clips == 'prob' else scores
    of_clips = [
        np.argmax(clip) == label
        for video, label in zip(scores.numpy(), labels, strict=True)
        for clip in video
    ]
    assert figures['acc/clip_top1'] == pytest.approx(np.mean(of_clips))
    of_videos = evaluate(averaged.mean(1), labels, metric='AccMetric')
    assert {key: figures[key] for key in of_videos} == pytest.approx(of_videos)
    assert figures['acc/clip_top1'] < figures['acc/top1']


def test_what_is_averaged_matters():
    # One clip is very sure, two are fairly sure of another class.
    scores = torch.tensor([[[9.0, 0.0], [0.0, 2.0], [0.0, 2.0]]])
    assert evaluate(scores, [0], topk=(1,), average_clips='score')['acc/top1'] == 1
    assert evaluate(scores, [0], topk=(1,), average_clips='prob')['acc/top1'] == 0


def test_a_damaged_video_counts_as_wrong_with_all_its_clips():
    scores = torch.zeros(4, 5, 3)
    scores[..., 1] = 1
    figures = evaluate(scores, [1] * 4, damaged=[2], topk=(1, 3))
    for name in ('top1', 'clip_top1', 'top3', 'clip_top3'):
        assert figures[f'acc/{name}'] == 0.75
    assert figures['acc/damaged_videos'] == 1


def test_scores_that_are_averaged_already():
    with pytest.raises(ValueError, match='average_clips=None'):
        evaluate(torch.rand(2, 3), [0, 1])


def test_unknown_average():
    with pytest.raises(ValueError, match="'score' or 'prob', got 'mean'"):
        METRICS.build(dict(type='ClipAccMetric', average_clips='mean'))


def test_it_is_an_accuracy_of_mmaction2():
    assert isinstance(METRICS.build(dict(type='ClipAccMetric')), AccMetric)
