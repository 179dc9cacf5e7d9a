"""The transformation-code head."""

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample


def samples_of(codes):
    return [ActionDataSample(metainfo=dict(transform_codes=[code])) for code in codes]


def build(in_channels, **options):
    config = dict(type='TransformCodeHead', in_channels=in_channels, dropout_ratio=0)
    return MODELS.build({**config, **options})


def test_loss_is_the_cross_entropy_of_the_noise_path():
    head = build(6)
    clean, noise = torch.rand(2, 4, 6, 2, 3, 3)
    codes = [0, 7, 15, 8]
    losses = head.loss(clean, noise, samples_of(codes))
    logits = noise.mean((2, 3, 4)) @ head.fc.weight.T + head.fc.bias
    picked = logits.log_softmax(1)[range(4), codes]
    torch.testing.assert_close(losses['loss_transform_code'], -picked.mean())


@pytest.mark.parametrize(
    ('target', 'channels', 'guessed', 'name'),
    [
        ('code', 16, [3, 5, 9, 9], 'acc_transform_code'),
        ('rotation', 4, [3, 1, 1, 0], 'acc_rotation'),
    ],
)
def test_accuracy_counts_right_answers(target, channels, guessed, name):
    head = build(channels, target=target)
    torch.nn.init.eye_(head.fc.weight)
    torch.nn.init.zeros_(head.fc.bias)
    noise = torch.eye(channels)[guessed].view(4, channels, 1, 1, 1)
    losses = head.loss(noise, noise, samples_of([3, 5, 9, 1]))
    assert losses[name].item() == 0.75


def test_unknown_target():
    with pytest.raises(ValueError, match="target must be one of .*'codes'"):
        build(8, target='codes')
