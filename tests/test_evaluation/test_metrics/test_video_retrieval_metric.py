"""Retrieval beside a brute-force computation in NumPy."""

import json

import numpy as np
import pytest
import torch
from mmaction.registry import METRICS
from mmaction.structures import ActionDataSample
from mmengine.evaluator import Evaluator

TOPK = (1, 5, 10, 20, 50)


def make_videos(number, seed, classes=7):
    """Features with something of their class, (N, 12), and labels (N,)."""
    generator = np.random.default_rng(seed)
    labels = generator.permutation(np.arange(number) % classes)
    centers = np.random.default_rng(0).normal(size=(classes, 12))
    return centers[labels] + 2.5 * generator.normal(size=(number, 12)) + 1, labels


def to_samples(features, labels, gallery):
    samples = []
    for number, (feature, label) in enumerate(zip(features, labels, strict=True)):
        sample = ActionDataSample().set_gt_label(int(label))
        sample.set_field(torch.from_numpy(feature), 'video_features')
        marks = dict(gallery=True) if gallery else {}
        name = f'{"gallery" if gallery else "query"}{number}.avi'
        sample.set_metainfo(dict(marks, video=name))
        samples.append(sample)
    return samples


def evaluate(samples, batch_size=8, **options):
    evaluator = Evaluator(METRICS.build(dict(type='VideoRetrievalMetric', **options)))
    for start in range(0, len(samples), batch_size):
        evaluator.process(samples[start : start + batch_size])
    return evaluator.evaluate(len(samples))


def brute_force(queries, gallery, center):
    """Return all neighbors of each query, nearest first, one pair at a time."""
    (asked, _), (among, _) = queries, gallery
    if center:
        asked, among = asked - asked.mean(0), among - among.mean(0)
    order = []
    for one in asked:
        cosines = [
            one @ other / np.sqrt((one @ one) * (other @ other)) for other in among
        ]
        order.append(np.argsort(cosines)[::-1])
    return np.array(order)


@pytest.mark.parametrize('center', [False, True])
def test_it_is_the_brute_force_computation(center):
    queries, gallery = make_videos(61, seed=1), make_videos(83, seed=2)
    samples = to_samples(*queries, False) + to_samples(*gallery, True)
    figures = evaluate(samples, center=center)
    right = gallery[1][brute_force(queries, gallery, center)] == queries[1][:, None]
    expected = {f'retrieval/top{k}': right[:, :k].any(1).mean() for k in TOPK}
    assert figures == pytest.approx(expected)
    assert 0.2 < figures['retrieval/top1'] < 0.9 < figures['retrieval/top50']


def test_centering_is_a_protocol_of_its_own():
    queries, gallery = make_videos(61, seed=1), make_videos(83, seed=2)
    samples = to_samples(*queries, False) + to_samples(*gallery, True)
    assert evaluate(samples) != evaluate(samples, center=True)


def test_the_order_of_videos_and_the_length_of_features_do_not_matter():
    queries, gallery = make_videos(30, seed=1), make_videos(60, seed=2)
    samples = to_samples(*queries, False) + to_samples(*gallery, True)
    mixed = [samples[i] for i in np.random.default_rng(0).permutation(len(samples))]
    for number, sample in enumerate(mixed):
        sample.set_field(sample.video_features * (number + 1), 'video_features')
    assert evaluate(mixed, batch_size=7) == pytest.approx(evaluate(samples))


def test_without_a_gallery_a_video_is_not_its_own_neighbor():
    features, labels = make_videos(61, seed=1)
    order = brute_force((features, labels), (features, labels), center=False)
    assert (order[:, 0] == np.arange(61)).all()
    right = labels[order[:, 1:]] == labels[:, None]
    figures = evaluate(to_samples(features, labels, False), topk=(1, 5))
    assert figures == pytest.approx(
        {f'retrieval/top{k}': right[:, :k].any(1).mean() for k in (1, 5)}
    )


@pytest.mark.parametrize('alone', [False, True])
def test_the_file_has_the_neighbors_of_every_query(tmp_path, alone):
    queries, gallery = make_videos(20, seed=1), make_videos(40, seed=2)
    samples = to_samples(*queries, False) + (
        [] if alone else to_samples(*gallery, True)[::-1]
    )
    file = tmp_path / 'found.json'
    figures = evaluate(samples, topk=(1, 3), out_file=str(file))
    found = json.loads(file.read_text())
    order = brute_force(queries, queries if alone else gallery, center=False)[:, alone:]
    name, labels = ('query', queries[1]) if alone else ('gallery', gallery[1])
    for query, row in zip(found['queries'], order[:, :3], strict=True):
        assert query['neighbors'] == [f'{name}{number}.avi' for number in row]
        assert query['labels'] == labels[row].tolist()
        assert query['similarities'] == sorted(query['similarities'], reverse=True)
    assert [query['video'] for query in found['queries']] == [
        f'query{number}.avi' for number in range(20)
    ]
    assert found['top3'] == figures['retrieval/top3']


def test_neighbors_vote_by_weight():
    # The nearest has the class of the query, the two behind it another one.
    gallery = np.array([[1.0, 0.0], [1.0, 1.2], [1.0, -1.2]]), np.array([0, 1, 1])
    samples = to_samples(np.array([[1.0, 0.01]]), [0], False) + to_samples(*gallery, True)
    assert evaluate(samples, topk=(1,), knn=3)['retrieval/knn_top1'] == 1
    near = gallery[0] * [1, 0.01], gallery[1]  # all are about as near
    samples = to_samples(np.array([[1.0, 0.0]]), [0], False) + to_samples(*near, True)
    assert evaluate(samples, topk=(1,), knn=3)['retrieval/knn_top1'] == 0


def test_too_few_videos_for_the_neighbors():
    samples = to_samples(*make_videos(20, seed=1), False)
    with pytest.raises(ValueError, match='19 videos .*too few for 50 neighbors: lower'):
        evaluate(samples)


def test_a_class_that_the_gallery_lacks():
    queries = make_videos(14, seed=1)
    samples = to_samples(*queries, False) + to_samples(np.ones((3, 12)), [0, 1, 2], True)
    with pytest.raises(ValueError, match=r'no video of the gallery .*\[3, 4, 5, 6\]'):
        evaluate(samples, topk=(1,))


@pytest.mark.parametrize('options', [dict(topk=()), dict(topk=(0, 1)), dict(knn=-1)])
def test_neighbors_are_at_least_one(options):
    with pytest.raises(ValueError, match='topk and knn of 1 or more'):
        METRICS.build(dict(type='VideoRetrievalMetric', **options))


def test_the_old_name_of_center_is_refused():
    with pytest.raises(ValueError, match='centre is now called center'):
        METRICS.build(dict(type='VideoRetrievalMetric', centre=True))
