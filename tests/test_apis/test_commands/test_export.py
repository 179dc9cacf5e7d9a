"""Files of a trained network compute what it computes."""

import json

import numpy as np
import pytest
import torch
from mmaction.apis import inference_recognizer, init_recognizer
from mmaction.models import Recognizer3D
from mmaction.registry import MODELS
from mmengine.config import Config

from stcr_mmaction.apis.commands.export import export
from stcr_mmaction.apis.own_videos import export_formats
from stcr_mmaction.apis.own_videos.run_folder import write_facts

from ...conftest import write_video

MEAN, STD = [110.0, 100.0, 95.0], [58.0, 56.0, 55.0]
SHAPE = 8, 32, 32
OURS = dict(type='VCOPR3D', base_channels=2)
STOCK = dict(
    type='ResNet3d', depth=18, base_channels=4, pretrained='torchvision://resnet18',
    zero_init_residual=False,
)  # fmt: skip
CLASSES = ['fall', 'rise', 'stand still']
PREPROCESSOR = dict(
    type='ActionDataPreprocessor', mean=MEAN, std=STD, format_shape='NCTHW'
)
TEST = dict(
    dataset=dict(
        type='VideoDataset',
        ann_file='val.txt',
        pipeline=[
            dict(type='DecordInit'),
            dict(type='SampleFrames', clip_len=8, num_clips=2, test_mode=True),
            dict(type='DecordDecode'),
            dict(type='Resize', scale=(40, 36), keep_ratio=False),
            dict(type='CenterCrop', crop_size=32),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs'),
        ],
    )
)


def pretraining(backbone):
    return dict(
        model=dict(
            type='STCR', recipe='contrast', clip_shape=SHAPE, cls_head=None,
            backbone=backbone, data_preprocessor=PREPROCESSOR,
        )
    )  # fmt: skip


def classifier(backbone, channels):
    head = dict(type='I3DHead', num_classes=3, in_channels=channels, average_clips='prob')
    model = dict(
        type='Recognizer3D', backbone=backbone, cls_head=head,
        data_preprocessor=PREPROCESSOR,
    )  # fmt: skip
    return dict(model=model, test_dataloader=TEST)


def save(config, path, work_dir):
    """Write a config, and a checkpoint whose statistics of batches are not the first."""
    model = MODELS.build(Config(config).model)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm3d):
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    work_dir.mkdir(parents=True, exist_ok=True)
    Config(config).dump(path)
    torch.save(dict(state_dict=model.state_dict()), work_dir / 'epoch_3.pth')
    (work_dir / 'last_checkpoint').write_text('/elsewhere/epoch_3.pth')
    return model.eval()


@pytest.fixture(params=['ours', 'stock'])
def backbone(request):
    return dict(ours=OURS, stock=STOCK)[request.param]


@pytest.fixture
def run(tmp_path, backbone):
    """The folder of a pretraining, and its network."""
    model = save(pretraining(backbone), tmp_path / 'config.py', tmp_path / 'pretrain')
    write_facts(tmp_path, {})
    return tmp_path, model


@pytest.fixture
def tuned(run, backbone):
    """The same run with a classifier, and that."""
    folder = run[0] / 'finetune'
    folder.mkdir()
    channels = dict(VCOPR3D=16, ResNet3d=32)[backbone['type']]
    model = save(classifier(backbone, channels), run[0] / 'finetune.py', folder)
    (folder / 'label_map.txt').write_text('\n'.join(CLASSES) + '\n')
    return run[0], model


def clips(count=3):
    return torch.randint(256, (count, 3, *SHAPE)).to(torch.uint8)


def normalized(pixels):
    """By another way than that of the package."""
    channels = [(pixels[:, n].double() - MEAN[n]) / STD[n] for n in range(3)]
    return torch.stack(channels, dim=1).float()


@torch.no_grad()
def expected_features(model, pixels):
    maps = model.backbone(normalized(pixels))
    maps = maps[-1] if isinstance(maps, tuple) else maps
    return maps.flatten(2).mean(dim=2)


@torch.no_grad()
def expected_scores(model, pixels):
    maps = model.backbone(normalized(pixels))
    maps = maps[-1] if isinstance(maps, tuple) else maps
    return model.cls_head.fc_cls(maps.flatten(2).mean(dim=2)).softmax(dim=1)


def check_near(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)


def test_a_checkpoint_of_a_classifier_is_one_of_mmaction2(tuned, backbone):
    folder, model = tuned
    path = export(folder, 'mmaction2')
    assert path == folder / 'exported' / 'classifier.pth'
    text = path.with_suffix('.py').read_text()
    assert ('stcr_mmaction' in text) == (backbone is OURS)
    assert 'torchvision://' not in text
    again = init_recognizer(str(path.with_suffix('.py')), str(path), device='cpu')
    assert type(again) is Recognizer3D
    video = write_video(folder / 'video.mp4', num_frames=20, seed=1)
    found = inference_recognizer(again, str(video)).pred_score
    model.cfg = Config(dict(test_pipeline=TEST['dataset']['pipeline']))
    check_near(found, inference_recognizer(model, str(video)).pred_score)
    assert torch.load(path)['meta']['dataset_meta']['classes'] == CLASSES


def test_a_checkpoint_of_a_backbone_has_its_keys_and_nothing_else(run, backbone):
    folder, model = run
    path = export(folder, 'mmaction2', folder / 'new' / 'mine.pth')
    weights = torch.load(path)['state_dict']
    for name, tensor in model.backbone.state_dict().items():
        assert torch.equal(weights.pop(f'backbone.{name}'), tensor)
    assert not weights
    config = path.with_suffix('.py')
    assert ('stcr_mmaction' in config.read_text()) == (backbone is OURS)
    assert {file.name for file in path.parent.iterdir()} == {'mine.pth', 'mine.py'}
    again, pixels = init_recognizer(str(config), str(path), device='cpu'), clips()
    check_near(expected_features(again, pixels), expected_features(model, pixels))


def test_torchscript_takes_clips_as_they_are_decoded(tuned):
    folder, model = tuned
    program = torch.jit.load(str(export(folder, 'torchscript')))
    for count in (1, 3):
        pixels = clips(count)
        scores = program(pixels)
        check_near(scores, expected_scores(model, pixels))
        check_near(scores, program(pixels.float()))
        check_near(scores.sum(dim=1), torch.ones(count))


def test_torchscript_of_a_backbone_and_what_it_tells_of_itself(run, backbone):
    folder, model = run
    files, pixels = {'facts.json': ''}, clips()
    program = torch.jit.load(str(export(folder, 'torchscript')), _extra_files=files)
    check_near(program(pixels), expected_features(model, pixels))
    names = [name for name, _ in program.named_parameters()]
    assert all('.backbone.' in name for name in names)
    facts = {
        name: json.loads(fact) for name, fact in json.loads(files['facts.json']).items()
    }
    assert facts['mean'] == MEAN and facts['std'] == STD
    assert facts['clip_shape'] == list(SHAPE) and facts['output'] == 'features'
    assert facts['backbone']['type'] == backbone['type']


@pytest.mark.parametrize('backbone', ['ours'], indirect=True)
def test_onnx(tuned):
    pytest.importorskip('onnx', reason='onnx is not installed')
    pytest.importorskip('onnxscript', reason='onnxscript is not installed')
    runtime = pytest.importorskip('onnxruntime', reason='onnxruntime is not installed')
    folder, model = tuned
    path = export(folder, 'onnx')
    assert [file.name for file in path.parent.iterdir()] == ['classifier.onnx']
    session = runtime.InferenceSession(str(path), providers=['CPUExecutionProvider'])
    for count in (1, 3):
        pixels = clips(count)
        fed = dict(clips=pixels.numpy().astype(np.float32))
        (scores,) = session.run(['scores'], fed)
        check_near(torch.from_numpy(scores), expected_scores(model, pixels))
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts['classes']) == CLASSES


def test_safetensors(tuned):
    library = pytest.importorskip('safetensors', reason='safetensors is not installed')
    folder, model = tuned
    with library.safe_open(export(folder, 'safetensors'), 'pt') as file:
        facts = {k: json.loads(v) for k, v in file.metadata().items() if k != 'format'}
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    assert (facts['mean'], facts['std']) == (MEAN, STD)
    assert (facts['clip_shape'], facts['classes']) == (list(SHAPE), CLASSES)
    again = Recognizer3D(backbone=facts['backbone'], cls_head=facts['cls_head']).eval()
    again.load_state_dict(weights)
    pixels = clips()
    check_near(expected_scores(again, pixels), expected_scores(model, pixels))


@pytest.mark.parametrize('backbone', ['ours'], indirect=True)
class TestRefusals:
    def test_nothing_is_overwritten(self, run):
        folder, _ = run
        path = export(folder, 'mmaction2')
        before = path.read_bytes()
        with pytest.raises(ValueError, match=r'backbone\.pth exists already'):
            export(folder, 'mmaction2')
        path.rename(folder / 'moved.pth')
        with pytest.raises(ValueError, match=r'backbone\.py exists already'):
            export(folder, 'mmaction2')
        assert (folder / 'moved.pth').read_bytes() == before

    def test_words_that_do_not_fit(self, run, tmp_path):
        folder, _ = run
        with pytest.raises(ValueError, match="one of mmaction2, .*got 'tflite'"):
            export(folder, 'tflite')
        with pytest.raises(ValueError, match=r'must end in \.onnx'):
            export(folder, 'onnx', folder / 'network.pt')
        with pytest.raises(ValueError, match='is no run'):
            export(tmp_path / 'elsewhere', 'onnx')

    @pytest.mark.parametrize(
        ('to', 'package'), [('onnx', 'onnxscript'), ('safetensors', 'safetensors')]
    )
    def test_a_missing_package_is_named(self, run, monkeypatch, to, package):
        monkeypatch.setattr(export_formats, 'find_spec', lambda name: None)
        with pytest.raises(ValueError, match=f'pip install .*{package}'):
            export(run[0], to)
        assert not list((run[0] / 'exported').iterdir())

    def test_a_file_that_computes_something_else_is_not_kept(self, run, monkeypatch):
        folder, _ = run
        wrong = export_formats.FORMATS['torchscript']._replace(
            write=lambda exported, path: lambda clips: torch.ones(2, 16)
        )
        monkeypatch.setitem(export_formats.FORMATS, 'torchscript', wrong)
        with pytest.raises(ValueError, match='as torchscript .* differ by .*%'):
            export(folder, 'torchscript')
        assert not list((folder / 'exported').iterdir())

    def test_a_network_that_a_format_does_not_know_is_one_line(self, run, monkeypatch):
        def fail(exported, path):
            raise RuntimeError('no such operator\nmany lines')

        wrong = export_formats.FORMATS['onnx']._replace(write=fail)
        monkeypatch.setitem(export_formats.FORMATS, 'onnx', wrong)
        with pytest.raises(ValueError, match='written as onnx: no such operator$'):
            export(run[0], 'onnx')
