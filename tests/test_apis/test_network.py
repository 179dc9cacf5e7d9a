"""Networks loaded from configs and checkpoints."""

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config

from stcr_mmaction.apis import NONE, load_network

MODEL = dict(
    type='Recognizer3D',
    backbone=dict(type='VCOPR3D', base_channels=1),
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=8),
    data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
)


@pytest.fixture
def config(tmp_path):
    """The file of a config."""
    path = tmp_path / 'config.py'
    Config(dict(model=MODEL)).dump(path)
    return str(path)


def save(path, **options):
    model = MODELS.build({**MODEL, **options})
    path.parent.mkdir()
    torch.save(dict(state_dict=model.state_dict()), path)
    return model.state_dict()


def test_the_weights_are_those_of_the_file_and_the_name_that_of_its_folder(
    config, tmp_path
):
    weights = save(tmp_path / 'run' / 'last.pth')
    network = load_network(config, str(tmp_path / 'run' / 'last.pth'))
    assert network.name == 'run' and not network.model.training
    for name, tensor in network.model.state_dict().items():
        assert torch.equal(tensor.cpu(), weights[name])


def test_maps_features_and_scores_of_clips(config):
    network = load_network(config, NONE)
    clips = torch.rand(2, 3, 16, 32, 32)
    maps = network.maps(clips)
    assert maps.shape == (2, 8, 2, 2, 2)
    torch.testing.assert_close(network.features(clips), maps.mean((2, 3, 4)))
    assert network.scores(clips).shape == (2, 2)
    assert network.name == 'untrained'


def test_what_cannot_be_is_said(config, tmp_path):
    with pytest.raises(FileNotFoundError, match='missing.pth'):
        load_network(config, 'missing.pth')
    other = dict(type='VCOPC3D', base_channels=1)
    save(tmp_path / 'other' / 'last.pth', backbone=other)
    with pytest.raises(ValueError, match='is not of the backbone of .*config.py'):
        load_network(config, str(tmp_path / 'other' / 'last.pth'))
    with pytest.raises(ValueError, match='no classifier'):
        load_network(config, NONE, options=dict(model=dict(cls_head=None))).scores(
            torch.rand(1, 3, 16, 32, 32)
        )
