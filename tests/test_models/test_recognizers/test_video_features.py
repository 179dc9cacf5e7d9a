"""Features of a backbone that was trained for something else."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from stcr_mmaction.functional import pool_features
from stcr_mmaction.models.recognizers.video_features import set_features

from ..toy import ToyBackbone  # noqa: F401  registers it


def build(backbone=None, **options):
    backbone = backbone or dict(type='ToyBackbone')
    config = dict(type='VideoFeatureExtractor', backbone=backbone, **options)
    return MODELS.build(config).eval()


def predict(model, inputs):
    samples = [ActionDataSample() for _ in inputs]
    predicted = model(inputs, samples, mode='predict')
    return torch.stack([sample.video_features for sample in predicted])


@pytest.mark.parametrize('pooling', ['mean', 'temporal', 'max2x2'])
@pytest.mark.parametrize('tap', [None, 'stem', 'body.0'])
def test_features_are_the_mean_of_the_views(tap, pooling):
    model = build(tap=tap, feature_pooling=pooling)
    inputs = torch.rand(2, 3, 3, 4, 16, 16)
    layers = dict(stem=model.backbone.stem)
    layers['body.0'] = torch.nn.Sequential(model.backbone.stem, model.backbone.body[0])
    run = layers.get(tap, model.backbone)
    for found, video in zip(predict(model, inputs), inputs, strict=True):
        views = [pool_features(run(view[None]), pooling)[0] for view in video]
        torch.testing.assert_close(found, torch.stack(views).mean(0))


@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('pooling', ['mean', 'temporal', 'max2x2'])
def test_maps_in_half_precision_are_pooled_in_single(pooling, dtype):
    maps = torch.rand(6, 4, 2, 4, 4).to(dtype)
    found, exact = (
        set_features(values, [ActionDataSample() for _ in range(2)], pooling)
        for values in (maps, maps.float())
    )
    for ours, expected in zip(found, exact, strict=True):
        assert torch.equal(ours.video_features, expected.video_features)


def test_it_takes_the_backbone_of_any_recognizer():
    stcr = MODELS.build(
        dict(
            type='STCR',
            backbone=dict(type='ToyBackbone'),
            consistency_head=dict(type='STCRHead', in_channels=8, temporal_size=2),
        )
    ).eval()
    model = build()
    missing = model.load_state_dict(stcr.state_dict(), strict=False).missing_keys
    assert missing == []
    inputs = torch.rand(2, 3, 3, 4, 16, 16)
    torch.testing.assert_close(predict(model, inputs), predict(stcr, inputs))


def test_a_backbone_that_gives_no_maps():
    model = build(backbone=dict(type='ToyBackbone', vector=True))
    with pytest.raises(ValueError, match=r'maps .*got \(2, 8\): set tap'):
        predict(model, torch.rand(2, 1, 3, 4, 16, 16))


@pytest.mark.parametrize(
    ('options', 'words'),
    [
        (dict(tap='head'), "'head' is not a submodule of ToyBackbone; it has stem"),
        (dict(feature_pooling='max'), 'feature_pooling must be one of'),
    ],
)
def test_wrong_options(options, words):
    with pytest.raises(ValueError, match=words):
        build(**options)


def test_it_does_not_train():
    with pytest.raises(TypeError, match='nothing to learn'):
        build()(torch.rand(1, 1, 3, 4, 16, 16), [ActionDataSample()], mode='loss')
