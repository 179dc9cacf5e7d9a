"""The transformation-code head."""

import torch
from mmaction.registry import MODELS


def test_loss_is_the_cross_entropy_of_the_noise_path():
    config = dict(type='TransformCodeHead', in_channels=6, dropout_ratio=0)
    head = MODELS.build(config)
    clean, noise = torch.rand(2, 4, 6, 2, 3, 3)
    codes = [0, 7, 15, 8]
    losses = head.loss(clean, noise, codes)
    logits = noise.mean((2, 3, 4)) @ head.fc.weight.T + head.fc.bias
    picked = logits.log_softmax(1)[range(4), codes]
    torch.testing.assert_close(losses['loss_transform_code'], -picked.mean())


def test_accuracy_counts_right_codes():
    config = dict(type='TransformCodeHead', in_channels=16, dropout_ratio=0)
    head = MODELS.build(config)
    torch.nn.init.eye_(head.fc.weight)
    torch.nn.init.zeros_(head.fc.bias)
    noise = torch.eye(16)[[3, 5, 9, 9]].view(4, 16, 1, 1, 1)
    losses = head.loss(noise, noise, [3, 5, 9, 1])
    assert losses['acc_transform_code'].item() == 0.75
