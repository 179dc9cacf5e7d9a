"""Configs rewritten to look up videos."""

import copy

import pytest
from mmaction.registry import METRICS, MODELS
from mmengine.config import Config

from stcr_mmaction.apis.retrieve import PROTOCOLS, to_retrieval

C3D = 'mmaction::recognition/c3d/c3d_sports1m-pretrained_8xb30-16x1x1-45e_ucf101-rgb.py'
OURS = 'stcr_mmaction::stcr/benchmarks/r3d-vcop_8xb8-16x1x1-45e_ucf101-rgb.py'
REPEATED = 'stcr_mmaction::demo/r3d-vcop_16x2x1_motion-rgb.py'
PRETRAINING = 'stcr_mmaction::stcr/stcr_r3d-vcop_8xb8-16x4x1-50e_ucf101-rgb.py'


def read(name):
    return Config.fromfile(Config._get_cfg_path(name, '')[0])


@pytest.mark.parametrize('name', [C3D, OURS, REPEATED])
def test_test_videos_are_looked_up_among_those_of_training(name):
    stock = read(name)
    untouched = copy.deepcopy(stock).to_dict()
    cfg = to_retrieval(stock)
    assert stock.to_dict() == untouched
    train = stock.train_dataloader.dataset
    train, test = train.get('dataset', train), stock.test_dataloader.dataset
    queries, gallery = cfg.test_dataloader.dataset.datasets
    assert queries == dict(test, type='CheckedVideoDataset')
    assert gallery == dict(
        queries, ann_file=train.ann_file, data_prefix=train.data_prefix, gallery=True
    )
    assert cfg.model.backbone == stock.model.backbone
    assert 'cls_head' not in cfg.model
    assert 'train_dataloader' not in cfg
    MODELS.build(cfg.model)


@pytest.mark.parametrize('protocol', PROTOCOLS)
def test_a_protocol_is_a_pooling_and_a_metric(protocol):
    cfg = to_retrieval(read(OURS), protocol, topk=(1, 3), knn=2)
    model, metric = MODELS.build(cfg.model), METRICS.build(cfg.test_evaluator)
    assert PROTOCOLS[protocol] == (model.feature_pooling, metric.center)
    assert (metric.topk, metric.knn) == ((1, 3), 2)


def test_protocols_differ():
    assert len(set(PROTOCOLS.values())) == len(PROTOCOLS)


def change(name, **options):
    cfg = read(name)
    cfg.merge_from_dict(options)
    return cfg


@pytest.mark.parametrize(
    ('cfg', 'words'),
    [
        (read(PRETRAINING), 'no test_dataloader.dataset with an ann_file'),
        (
            change(OURS, **{'train_dataloader.dataset.type': 'RawframeDataset'}),
            'train data set is of type RawframeDataset',
        ),
        (change(OURS, **{'model.type': 'Recognizer2D'}), 'of type Recognizer2D'),
        (Config(), 'of type None'),
    ],
)
def test_what_has_no_videos_to_look_up_is_refused(cfg, words):
    with pytest.raises(ValueError, match=words):
        to_retrieval(cfg)


def test_unknown_protocol():
    with pytest.raises(ValueError, match="'rspnet' is none of vcop, coclr, pooled"):
        to_retrieval(read(OURS), 'rspnet')
