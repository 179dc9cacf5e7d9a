"""Backbones in files of their own, loaded by mmengine in every way it has."""

import convert_public_weights
import export_backbone
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.runner import load_checkpoint

from stcr_mmaction import __version__
from stcr_mmaction.models.backbones.public_weights import PUBLIC_NETWORKS

R3D = dict(type='VCOPR3D', base_channels=1)
RESNET = dict(type='ResNet3d', depth=18, base_channels=2, pretrained2d=False)


def recognizer(backbone):
    channels = 16 if backbone['type'] == 'ResNet3d' else 8
    head = dict(type='I3DHead', num_classes=2, in_channels=channels)
    return MODELS.build(dict(type='Recognizer3D', backbone=backbone, cls_head=head))


@pytest.fixture(params=[R3D, RESNET], ids=['VCOPR3D', 'ResNet3d'])
def trained(request, tmp_path):
    """A checkpoint as a run leaves it; the backbone's config and weights."""
    model = recognizer(request.param)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter)
    averaged = {f'backbone.{k}': v * 0 for k, v in model.backbone.state_dict().items()}
    checkpoint = dict(
        meta=dict(epoch=50, cfg='model = dict()'),
        state_dict=model.state_dict() | dict(target_backbone=torch.zeros(3)),
        ema_state_dict=averaged,
        optimizer=dict(state={0: torch.zeros(9)}),
        message_hub=dict(log_scalars={}),
    )
    torch.save(checkpoint, tmp_path / 'epoch_50.pth')
    return request.param, model.backbone.state_dict()


def equal(module, weights):
    state = module.state_dict()
    return state.keys() == weights.keys() and all(
        torch.equal(state[name], tensor) for name, tensor in weights.items()
    )


def export(folder, *options):
    export_backbone.main([f'{folder}/epoch_50.pth', f'{folder}/backbone.pth', *options])
    return f'{folder}/backbone.pth'


def printed_config(capsys, tmp_path):
    """The config that a tool has printed, as MMEngine reads it."""
    lines = capsys.readouterr().out.split('\n\n')[1].replace('# model', 'model')
    (tmp_path / 'printed.py').write_text(lines)
    return Config.fromfile(tmp_path / 'printed.py')


def test_nothing_but_the_backbone_is_in_the_file(trained, tmp_path):
    _, weights = trained
    file = torch.load(export(tmp_path), weights_only=True)
    assert file.keys() == {'meta', 'state_dict'}
    assert file['meta'] == dict(stcr_mmaction=__version__)
    assert list(file['state_dict']) == [f'backbone.{name}' for name in weights]


def test_a_stock_config_loads_from_it(trained, tmp_path, capsys):
    backbone, weights = trained
    export(tmp_path)
    model = recognizer(backbone)
    load_checkpoint(model, printed_config(capsys, tmp_path).load_from)
    assert equal(model.backbone, weights)


def test_it_initializes_a_backbone_by_the_prefix(trained, tmp_path, capsys):
    backbone, weights = trained
    export(tmp_path)
    options = printed_config(capsys, tmp_path).model.backbone
    model = recognizer({**backbone, **options})
    model.init_weights()
    reads_init_cfg = backbone is R3D  # ResNet3d does not; CheckpointMatchHook tells
    assert equal(model.backbone, weights) == reads_init_cfg


def test_bare_it_is_the_pretrained_of_a_stock_backbone(trained, tmp_path, capsys):
    backbone, weights = trained
    file = export(tmp_path, '--bare')
    assert list(torch.load(file, weights_only=True)['state_dict']) == list(weights)
    if backbone is R3D:
        return  # has no such argument
    options = printed_config(capsys, tmp_path).model.backbone
    model = recognizer({**backbone, **options})
    model.init_weights()
    assert equal(model.backbone, weights)


@pytest.mark.parametrize('trained', [R3D], indirect=True)
def test_a_bare_file_can_be_exported_again(trained, tmp_path):
    bare = export(tmp_path, '--bare')
    export_backbone.main([bare, f'{tmp_path}/whole.pth', '--part', ''])
    file = torch.load(tmp_path / 'whole.pth', weights_only=True)
    assert list(file['state_dict']) == [f'backbone.{name}' for name in trained[1]]


def test_a_file_is_never_replaced_unasked(trained, tmp_path):
    target = tmp_path / 'backbone.pth'
    target.write_text('dear')
    with pytest.raises(SystemExit, match='exists already; --force replaces it'):
        export(tmp_path)
    assert target.read_text() == 'dear'
    export(tmp_path, '--force')
    torch.load(target, weights_only=True)


@pytest.mark.parametrize('trained', [R3D], indirect=True)
@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['{}/epoch_50.pth', '{}/gone/b.pth'], 'there is no folder .*gone'),
        (['{}/gone.pth', '{}/b.pth'], 'gone.pth can not be found'),
        (['{}/epoch_50.pth', '{}/b.pth', '--part', 'spine'], "'spine' among the parts.*"
         r"\['backbone', 'cls_head', 'target_backbone'\]"),
        (['{}/empty.pth', '{}/b.pth'], r"no weights; its keys are \['meta'\]"),
        (['{}/text.pth', '{}/b.pth'], 'is not a checkpoint'),
    ],
)  # fmt: skip
def test_what_cannot_be_exported_is_said_in_a_line(trained, tmp_path, arguments, message):
    torch.save(dict(meta={}), tmp_path / 'empty.pth')
    (tmp_path / 'text.pth').write_text('text')
    with pytest.raises(SystemExit, match=f'export_backbone.py: error: .*{message}'):
        export_backbone.main([a.format(tmp_path) for a in arguments])
    assert not (tmp_path / 'b.pth').exists()


def public_file(path, network, **more):
    """Write a public file of a network whose names are those of the backbone."""
    backbone = MODELS.build(dict(PUBLIC_NETWORKS[network].backbone))
    torch.save(backbone.state_dict() | more, path)
    return backbone.state_dict()


def convert(folder, network, *options):
    paths = f'{folder}/public.pth', f'{folder}/backbone.pth'
    convert_public_weights.main([network, *paths, *options])


def test_a_public_file_is_converted(tmp_path, capsys):
    heads = {'fc7.weight': torch.zeros(2), 'linear.bias': torch.zeros(2)}
    weights = public_file(tmp_path / 'public.pth', 'vcop_r3d', **heads)
    convert(tmp_path, 'vcop_r3d')
    cfg = printed_config(capsys, tmp_path)
    assert cfg.load_from == f'{tmp_path}/backbone.pth'
    file = torch.load(cfg.load_from, weights_only=True)
    assert list(file['state_dict']) == [f'backbone.{name}' for name in weights]


def test_a_public_file_with_a_leftover_is_refused(tmp_path):
    public_file(tmp_path / 'public.pth', 'vcop_r3d', other=torch.zeros(1))
    with pytest.raises(
        SystemExit, match=r'(?s)not the weights of vcop_r3d.*model: other'
    ):
        convert(tmp_path, 'vcop_r3d')
    assert not (tmp_path / 'backbone.pth').exists()


@pytest.mark.parametrize('network', PUBLIC_NETWORKS)
def test_the_printed_model_is_one(network, tmp_path):
    (tmp_path / 'printed.py').write_text(
        convert_public_weights.model_lines(PUBLIC_NETWORKS[network])
    )
    model = Config.fromfile(tmp_path / 'printed.py').model
    assert len(model.data_preprocessor.mean) == len(model.data_preprocessor.std) == 3
    with torch.device('meta'):
        MODELS.build(dict(type='Recognizer3D', **model))
