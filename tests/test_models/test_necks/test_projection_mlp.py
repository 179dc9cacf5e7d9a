"""The MLP: layers, positions, and bad input."""

import pytest
import torch
from mmaction.registry import MODELS
from torch import nn


def build(**options):
    config = dict(type='ProjectionMLP', in_channels=6, hidden_channels=16, out_channels=4)
    return MODELS.build({**config, **options})


@pytest.mark.parametrize(
    ('options', 'layers'),
    [
        ({}, [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear]),
        (dict(norm=False), [nn.Linear, nn.ReLU, nn.Linear]),
        (dict(num_layers=1), [nn.Linear]),
        (
            dict(num_layers=3, norm=False),
            [nn.Linear, nn.ReLU, nn.Linear, nn.ReLU, nn.Linear],
        ),
    ],
)
def test_layers(options, layers):
    mlp = build(**options)
    assert [type(layer) for layer in mlp.layers] == layers
    assert mlp(torch.rand(3, 6)).shape == (3, 4)


def test_every_parameter_matters():
    mlp = build(num_layers=3)
    mlp(torch.rand(8, 6)).square().sum().backward()
    assert all(p.grad.abs().max() > 0 for p in mlp.parameters())


@pytest.mark.parametrize('norm', [True, False])
def test_positions_are_projected_alike(norm):
    mlp = build(norm=norm)
    features = torch.rand(2, 5, 3, 6)
    flat = mlp(features.view(30, 6))
    torch.testing.assert_close(mlp(features), flat.view(2, 5, 3, 4))


def test_bad_input():
    with pytest.raises(ValueError, match='num_layers of 1 or more, got .*0'):
        build(num_layers=0)
    with pytest.raises(ValueError, match='in_channels=6, .* set in_channels=8'):
        build()(torch.rand(3, 8))
