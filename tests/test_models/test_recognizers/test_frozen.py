"""A linear probe learns, and its backbone stays what it was, to the bit."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import build_optim_wrapper

HEAD = dict(type='LinearProbeHead', num_classes=2, in_channels=32, dropout_ratio=0)


def build(**head):
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
    model = build()
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
    model = build()
    model.backbone.requires_grad_(False)
    before = model.backbone.state_dict()
    before = {key: value.clone() for key, value in before.items()}
    super(type(model), model).train()  # as Recognizer3D does
    model(**model.data_preprocessor(batch(), training=True), mode='loss')
    after = model.backbone.state_dict()
    assert any(not after[key].equal(value) for key, value in before.items())


def test_training_and_evaluation_of_the_backbone_are_one():
    model = build().train()
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
        build(spatial_type='max')
