"""Labels that the model or a metric cannot take are refused before anything is run."""

import re
from types import SimpleNamespace

import pytest
from mmaction.evaluation import AccMetric
from mmaction.registry import DATASETS, HOOKS
from mmengine.dataset import ConcatDataset, RepeatDataset
from mmengine.evaluator import DumpResults

from stcr_mmaction.evaluation import FrozenFeatureMetric, VideoRetrievalMetric

ACC = [AccMetric()]


class Logger:
    def __init__(self):
        self.text = ''

    def warning(self, text):
        self.text += text


@pytest.fixture
def listed(tmp_path):
    """Return a data set of videos with these labels, from a file of this name."""
    (tmp_path / 'videos').mkdir()

    def build(name, labels, kind='CheckedVideoDataset', **options):
        lines = [f'{name}{n}.mp4 {label}\n' for n, label in enumerate(labels)]
        (tmp_path / f'{name}.txt').write_text(''.join(lines))
        checks = dict(check_files=False) if kind == 'CheckedVideoDataset' else {}
        config = dict(ann_file=str(tmp_path / f'{name}.txt'), pipeline=[], **checks)
        config['data_prefix'] = dict(video=str(tmp_path / 'videos'))
        return DATASETS.build(dict(type=kind, **config, **options))

    return build


def loop(dataset, metrics=ACC):
    return SimpleNamespace(
        dataloader=SimpleNamespace(dataset=dataset),
        evaluator=SimpleNamespace(metrics=metrics),
    )


def model(num_classes=2, **attributes):
    head = num_classes and SimpleNamespace(num_classes=num_classes)
    return SimpleNamespace(cls_head=head, **attributes)


def train(dataset, network=None, val_loop=None):
    """Run the check before a training; return what was logged."""
    runner = SimpleNamespace(
        model=network or model(),
        train_dataloader=SimpleNamespace(dataset=dataset),
        val_loop=val_loop,
        logger=Logger(),
    )
    HOOKS.build(dict(type='ClassLabelsHook')).before_train(runner)
    return runner.logger.text


def test(test_loop, network=None):
    runner = SimpleNamespace(model=network or model(), test_loop=test_loop)
    HOOKS.build(dict(type='ClassLabelsHook')).before_test(runner)


test.__test__ = False


def refused(words, run, *args, **kwargs):
    with pytest.raises(ValueError, match=words):
        run(*args, **kwargs)


def test_labels_that_fit_pass(listed):
    dataset = listed('a', [0, 1, 1])
    assert train(dataset, val_loop=loop(dataset)) == ''
    test(loop(dataset))


@pytest.mark.parametrize('kind', ['CheckedVideoDataset', 'VideoDataset'])
def test_a_label_beyond_the_classes_names_video_list_and_option(listed, kind, tmp_path):
    dataset = listed('a', [0, 2, 1, 5], kind)
    words = (
        re.escape(f"{tmp_path}/a.txt: '{tmp_path}/videos/a1.mp4' (one of 2) has label 2")
        + r'.* 2 classes, 0 to 1: set model\.cls_head\.num_classes=6'
    )
    refused(words, train, dataset)
    refused(words, test, loop(dataset))


def test_videos_are_found_in_data_sets_inside_of_others(listed):
    good, bad = listed('good', [0, 1]), listed('bad', [2])
    for held in (ConcatDataset([good, bad]), RepeatDataset(bad, times=2)):
        refused(r"bad\.txt: '.*bad0\.mp4' has label 2", train, held)


def test_those_of_the_validation_are_checked_before_training(listed):
    refused(r'val\.txt', train, listed('a', [0, 1]), val_loop=loop(listed('val', [2])))


def test_unlabeled_videos_are_for_models_that_take_them(listed):
    dataset = listed('a', [0, 1, -1])
    refused(r"a2\.mp4' has no label; .*labeled_only=True", train, dataset)
    train(dataset, model(takes_unlabeled=True))
    train(listed('b', [-1, -1]), model(num_classes=None))


@pytest.mark.parametrize(
    'metric', [AccMetric(), FrozenFeatureMetric(), VideoRetrievalMetric()]
)
def test_figures_need_labels(listed, metric, tmp_path):
    dataset = listed('a', [0, -1])
    words = f'has no label; {type(metric).__name__} needs labels'
    refused(words, test, loop(dataset, [metric]))
    test(loop(dataset, [DumpResults(str(tmp_path / 'out.pkl'))]))


def test_what_a_metric_would_refuse_at_the_end_is_refused_before(listed):
    alone, few = model(num_classes=None), FrozenFeatureMetric(topk=(1,), knn=None)
    dataset = listed('a', [0] * 5 + [1] * 4)
    refused('label 1 has 4 of the 5', train, dataset, alone, loop(dataset, [few]))
    queries, gallery = listed('q', [0, 1]), listed('g', [0, 0, 0], gallery=True)
    joined = loop(ConcatDataset([queries, gallery]), [VideoRetrievalMetric(topk=(1,))])
    refused(r'no video of the gallery has the labels \[1\]', test, joined, alone)
    gallery = listed('g', [0, 1, 0], gallery=True)
    joined = loop(ConcatDataset([queries, gallery]), [VideoRetrievalMetric(topk=(1, 4))])
    refused('has 3 videos to be compared with, too few for 4', test, joined, alone)


def test_classes_without_videos_are_told(listed):
    text = train(listed('a', [0, 2]), model(num_classes=4))
    assert '2 of the 4 classes of the cls_head have no video to learn from: 1, 3' in text


def test_several_labels_a_video_and_other_data_sets_are_left_alone(listed):
    several = listed('a', ['0 3'], 'VideoDataset', multi_class=True, num_classes=4)
    train(several)
    train([1, 2, 3])
