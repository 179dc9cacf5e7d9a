"""Features of a trained backbone, and a linear probe, whose backbone stays as it was."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import build_optim_wrapper

from stcr_mmaction.functional import pool_features
from stcr_mmaction.models.recognizers.features import set_features

from ..toy import ToyBackbone  # noqa: F401  registers it

HEAD = dict(type='LinearProbeHead', num_classes=2, in_channels=32, dropout_ratio=0)


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


def build_probe(**head):
    return MODELS.build(
        dict(
            type='FrozenRecognizer3D',
            backbone=dict(type='VCOPR3D', base_channels=4),
            cls_head=dict(HEAD, **head),
            data_preprocessor=dict(
                type='ActionDataPreprocessor',
                mean=[0.0] * 3,
                std=[255.0] * 3,
                format_shape='NCTHW',
            ),
        )
    )


def batch():
    """Dark clips and bright ones."""
    labels = [0, 1] * 4
    inputs = [torch.randint(60, (1, 3, 16, 32, 32)) + 90 * label for label in labels]
    samples = [ActionDataSample().set_gt_label(label) for label in labels]
    return dict(inputs=inputs, data_samples=samples)


def train(model, steps=15):
    optimizer = dict(type='SGD', lr=0.1, momentum=0.9, weight_decay=0.5)
    wrapper = build_optim_wrapper(model, dict(optimizer=optimizer))
    model.train()
    return [model.train_step(batch(), wrapper)['loss_cls'].item() for _ in range(steps)]


def test_the_classifier_learns_and_the_backbone_does_not():
    model = build_probe()
    model.init_weights()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    losses = train(model)
    assert losses[-1] < 0.8 * losses[0]
    changed = {
        key for key, value in model.state_dict().items() if not value.equal(before[key])
    }
    assert {key.split('.')[0] for key in changed} == {'cls_head'}
    assert 'cls_head.final_bn.running_mean' in changed


def test_the_plain_recognizer_would_change_its_batch_statistics():
    """What the test above would find if nothing were frozen."""
    model = build_probe()
    model.backbone.requires_grad_(False)
    before = model.backbone.state_dict()
    before = {key: value.clone() for key, value in before.items()}
    super(type(model), model).train()  # as Recognizer3D does
    model(**model.data_preprocessor(batch(), training=True), mode='loss')
    after = model.backbone.state_dict()
    assert any(not after[key].equal(value) for key, value in before.items())


def test_training_and_evaluation_of_the_backbone_are_one():
    model = build_probe().train()
    assert not any(module.training for module in model.backbone.modules())
    assert model.cls_head.training
    assert not model.eval().cls_head.training


def test_the_probe_normalizes_the_mean_of_the_maps():
    head = MODELS.build(HEAD).train()
    maps = 100 * torch.rand(16, 32, 2, 3, 3) + 50
    features = maps.mean((2, 3, 4))
    features = (features - features.mean(0)) / features.std(0, correction=0)
    torch.testing.assert_close(head(maps), head.fc_cls(features), rtol=1e-4, atol=1e-4)


def test_the_probe_takes_maps():
    with pytest.raises(ValueError, match="must be 'avg', got 'max'"):
        build_probe(spatial_type='max')
