"""Frozen features that are known, and the metric in a real pretraining."""

import json

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator
from mmengine.runner import Runner
from sklearn.linear_model import LogisticRegression
from torch.utils.data import Dataset

from stcr_mmaction.functional import nearest_neighbors

from ...test_models.toy import ToyBackbone  # noqa: F401  registers it


def classes(per_class=8, num_classes=3, noise=0.1, channels=6):
    """Features around one direction a class, and their labels."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(num_classes).repeat_interleave(per_class)
    spread = torch.randn(len(labels), channels, generator=generator)
    return torch.eye(channels)[labels] + noise * spread, labels


def evaluate(features, labels, gallery=None, batch_size=5, **options):
    samples = []
    for number, (feature, label) in enumerate(zip(features, labels, strict=True)):
        sample = ActionDataSample().set_gt_label(int(label))
        sample.set_field(feature, 'video_features')
        if gallery is not None and gallery[number]:
            sample.set_metainfo(dict(gallery=True))
        samples.append(sample)
    evaluator = Evaluator(METRICS.build(dict(type='FrozenFeatureMetric', **options)))
    for start in range(0, len(samples), batch_size):
        evaluator.process(samples[start : start + batch_size])
    return evaluator.evaluate(len(samples))


NAMES = ['retrieval_top1', 'retrieval_top5', 'knn_top1', 'linear_top1']


def test_separate_classes_are_told_apart():
    figures = evaluate(*classes(noise=0.01))
    assert all(figures[f'frozen/{name}'] == 1 for name in NAMES)


def test_the_rank_is_a_share_of_what_it_can_be():
    features = torch.tensor([[1.0, 0], [-1, 0], [0, 1], [0, -1]]).repeat(6, 1)
    labels = torch.arange(24) % 2
    assert evaluate(features, labels)['frozen/effective_rank'] == pytest.approx(1)
    in_four = torch.cat([features, torch.zeros(24, 2)], dim=1)
    assert evaluate(in_four, labels)['frozen/effective_rank'] == pytest.approx(0.5)


def test_features_that_know_nothing_are_at_chance():
    features, labels = classes(per_class=100, num_classes=4)
    figures = evaluate(torch.randn(features.shape), labels)
    for name in ('retrieval_top1', 'knn_top1', 'linear_top1'):
        assert figures[f'frozen/{name}'] == pytest.approx(0.25, abs=0.08)


def test_collapsed_features_are_at_chance():
    """They differ by rounding alone."""
    features = torch.rand(6).expand(24, 6) * (1 + 1e-7 * torch.rand(24, 1))
    figures = evaluate(features, classes()[1])
    assert figures['frozen/retrieval_top1'] <= 0.6
    assert figures['frozen/linear_top1'] <= 0.6
    assert figures['frozen/effective_rank'] < 0.2  # one direction of the 6


def test_features_close_to_a_collapse_are_still_ranked():
    features, labels = classes(noise=0.01)
    figures = evaluate((1 + 1e-5 * features).double(), labels)
    assert figures['frozen/retrieval_top1'] == 1


def test_leave_one_out_is_a_loop_over_videos():
    features, labels = classes(noise=0.6)
    figures = evaluate(features, labels, topk=(1, 2, 4), knn=None, linear_probe=False)
    directions = torch.nn.functional.normalize(features, dim=1)
    hits = {1: [], 2: [], 4: []}
    for number, direction in enumerate(directions):
        others = [n for n in range(len(labels)) if n != number]
        others.sort(key=lambda n: -float(directions[n] @ direction))
        for k, hit in hits.items():
            hit.append(any(labels[n] == labels[number] for n in others[:k]))
    expected = {f'frozen/retrieval_top{k}': np.mean(hit) for k, hit in hits.items()}
    del figures['frozen/effective_rank']
    assert figures == pytest.approx(expected)
    assert 0.2 < figures['frozen/retrieval_top1'] < 0.9


def test_queries_are_looked_up_in_the_gallery_alone():
    features, labels = classes(noise=0.6)
    gallery = torch.arange(len(labels)) % 2 == 0
    figures = evaluate(features, labels, gallery)
    _, nearest = nearest_neighbors(features[~gallery], features[gallery], 1)
    expected = (labels[gallery][nearest[:, 0]] == labels[~gallery]).float().mean()
    assert figures['frozen/retrieval_top1'] == pytest.approx(expected.item())


def test_the_probe_is_fitted_on_the_gallery_alone():
    features, labels = classes(noise=0.6)
    gallery = torch.arange(len(labels)) % 2 == 0
    scale = features[gallery].std(dim=0, unbiased=False)
    standard = ((features - features[gallery].mean(dim=0)) / scale).double().numpy()
    probe = LogisticRegression(max_iter=1000)
    probe.fit(standard[gallery], labels[gallery])
    expected = probe.score(standard[~gallery], labels[~gallery])
    figures = evaluate(features, labels, gallery)
    assert figures['frozen/linear_top1'] == pytest.approx(expected)


def test_wrong_labels_of_queries_change_no_prediction():
    features, labels = classes(noise=0.01)
    gallery = torch.arange(len(labels)) % 2 == 0
    labels[~gallery] = (labels[~gallery] + 1) % 3
    figures = evaluate(features, labels, gallery, topk=(1, 4), knn=4)
    del figures['frozen/effective_rank']
    assert set(figures.values()) == {0.0}


def test_figures_depend_on_order_and_seed_at_most_through_the_folds():
    features, labels = classes(noise=0.6)
    order = torch.randperm(len(labels))
    first = evaluate(features, labels)
    assert evaluate(features, labels) == first
    shuffled = evaluate(features[order], labels[order])
    for name in NAMES[:3]:
        assert shuffled[f'frozen/{name}'] == first[f'frozen/{name}']
    seeds = {evaluate(features, labels, seed=n)['frozen/linear_top1'] for n in range(8)}
    assert len(seeds) > 1


def test_features_of_half_precision():
    features, labels = classes(noise=0.01)
    assert evaluate(features.half(), labels)['frozen/retrieval_top1'] == 1


@pytest.mark.parametrize(
    'options', [dict(topk=()), dict(topk=(0, 1)), dict(knn=0), dict(folds=1)]
)
def test_bad_options_are_refused_when_built(options):
    with pytest.raises(ValueError, match='FrozenFeatureMetric needs topk >= 1'):
        METRICS.build(dict(type='FrozenFeatureMetric', **options))


def not_finite(features, labels):
    features[4, 2] = torch.nan


def unlabeled(features, labels):
    labels[5] = -1


def one_class(features, labels):
    labels[:] = 1


def rare(features, labels):
    labels[1:8] = 1


@pytest.mark.parametrize(
    ('spoil', 'options', 'message'),
    [
        (not_finite, {}, 'not finite: training has diverged'),
        (unlabeled, {}, r'one label, 0 or above.*\[-1\].*"path label"'),
        (one_class, {}, 'all videos to look up have label 1'),
        (rare, dict(linear_probe=False), 'label 0 has 1 of the 2 videos .*: add videos'),
        (None, dict(folds=9), 'label 0 has 8 of the 9 videos .*: lower folds'),
        (None, dict(topk=(24,)), '23 videos .*too few for 24 neighbors: lower'),
        (None, dict(knn=30), '23 videos .*too few for 30 neighbors: lower'),
    ],
)
def test_a_set_that_cannot_be_judged(spoil, options, message):
    features, labels = classes()
    if spoil:
        spoil(features, labels)
    with pytest.raises(ValueError, match=message):
        evaluate(features, labels, **options)


def test_galleries_that_cannot_serve():
    features, labels = classes()
    with pytest.raises(ValueError, match='none is a query: leave gallery=True out'):
        evaluate(features, labels, labels >= 0)
    with pytest.raises(ValueError, match=r'no video of the gallery has .*\[2\]'):
        evaluate(features, labels, labels < 2)
    few = torch.arange(len(labels)) % 8 == 0
    with pytest.raises(ValueError, match='3 videos .*too few for 5 neighbors: lower'):
        evaluate(features, labels, few)


def test_samples_of_a_model_that_classifies():
    sample = ActionDataSample().set_gt_label(0).set_pred_score([0.0, 1.0])
    evaluator = Evaluator(dict(type='FrozenFeatureMetric'))
    with pytest.raises(ValueError, match=r'STCR without a cls_head .*AccMetric'):
        evaluator.process([sample])


class Videos(Dataset):
    """Brightness tells the class; two paths for training, one labeled for validation."""

    def __init__(self, labeled):
        self.labeled = labeled
        generator = torch.Generator().manual_seed(0)
        views = 1 if labeled else 2
        self.inputs = torch.rand(20, views, 3, 4, 8, 8, generator=generator)
        self.inputs[10:] += 1

    def __len__(self):
        return len(self.inputs)

    def __getitem__(self, index):
        sample = ActionDataSample(metainfo=dict(transform_codes=[index % 16]))
        if self.labeled:
            sample.set_gt_label(index // 10)
        return dict(inputs=self.inputs[index], data_samples=sample)


def make_loader(labeled):
    return dict(
        dataset=Videos(labeled),
        batch_size=4,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='pseudo_collate'),
    )


def test_a_pretraining_keeps_its_best_weights_without_training_labels(tmp_path):
    key = 'frozen/retrieval_top1'
    runner = Runner(
        model=dict(
            type='STCR',
            backbone=dict(type='ToyBackbone'),
            consistency_head=dict(type='STCRHead', in_channels=8, temporal_size=2),
            data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
        ),
        work_dir=str(tmp_path),
        train_dataloader=make_loader(labeled=False),
        val_dataloader=make_loader(labeled=True),
        val_evaluator=dict(type='FrozenFeatureMetric'),
        train_cfg=dict(by_epoch=True, max_epochs=2),
        val_cfg=dict(type='ValLoop'),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.01)),
        default_hooks=dict(
            logger=dict(type='LoggerHook', interval=1),
            checkpoint=dict(type='CheckpointHook', save_best=key),
        ),
        default_scope='mmaction',
        experiment_name='frozen-features',
        randomness=dict(seed=0),
    )
    runner.train()
    lines = next(tmp_path.rglob('scalars.json')).read_text().splitlines()
    validated = [line for line in map(json.loads, lines) if key in line]
    assert [line['step'] for line in validated] == [1, 2]
    assert all({f'frozen/{name}' for name in NAMES} <= line.keys() for line in validated)
    assert all(0 <= line[key] <= 1 for line in validated)
    (best,) = tmp_path.glob('best_frozen_retrieval_top1_epoch_*.pth')
    hub = runner.message_hub
    assert hub.get_info('best_score') == max(line[key] for line in validated)
    assert hub.get_info('best_ckpt') == str(best)
