"""Checkpoints that do and do not fit, loaded by mmengine's Runner in every way."""

import re

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.model import MMDistributedDataParallel, PretrainedInit
from mmengine.runner.checkpoint import CheckpointLoader
from torch import distributed, nn

from stcr_mmaction.compat.processes import leave_process_group
from stcr_mmaction.engine import CheckpointMatchHook
from stcr_mmaction.engine.hooks.checkpoint_match import pretrained_init

from ..small_runs import make_runner

R3D = dict(type='VCOPR3D', base_channels=1)
RESNET = dict(type='ResNet3d', depth=18, base_channels=1, pretrained2d=False)
VIT = dict(
    type='VisionTransformer',
    img_size=8,
    patch_size=4,
    embed_dims=8,
    depth=1,
    num_heads=1,
    num_frames=4,
)
HEAD = dict(type='STCRHead', in_channels=8, temporal_size=1)
HOOK = dict(type='CheckpointMatchHook')
CLASSIFIER = {
    'cls_head.fc_cls.weight': torch.ones(2, 8),
    'cls_head.fc_cls.bias': torch.zeros(2),
}


def run(work_dir, backbone=R3D, hook=None, load_from=None, temporal_size=1, **options):
    """Train for one epoch; return the runner and what the log says of checkpoints."""
    model = dict(
        type='STCR',
        backbone=backbone,
        consistency_head=dict(HEAD, temporal_size=temporal_size),
        data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
    )
    hooks = [{**HOOK, **(hook or {})}, *options.pop('hooks', [])]
    given = dict(model=model, load_from=load_from and str(load_from), epochs=1)
    given |= options
    # As in Runner.from_cfg, which the tools use.
    runner = make_runner(work_dir, hooks, cfg=dict(model=given['model']), **given)
    try:
        runner.train()
    finally:
        log = next(work_dir.rglob('*.log')).read_text()
    return runner, log


def save(path, backbone=R3D, prefix='backbone.', **more):
    """Write random weights of a backbone; return them by the names of the backbone."""
    weights = MODELS.build(backbone).state_dict()
    named = {prefix + name: tensor for name, tensor in weights.items()}
    torch.save(dict(state_dict=named | more), path)
    return weights


def same(module, weights):
    """Whether the convolutions are these; normalization layers count on in training."""
    state = module.state_dict()
    names = [name for name in weights if name.endswith('conv.weight')]
    assert names
    return all(torch.equal(state[name], weights[name]) for name in names)


@pytest.fixture
def fixed_weights(monkeypatch):
    """Training that changes no weight."""
    monkeypatch.setattr(torch.optim.SGD, 'step', lambda *args, **kwargs: None)


@pytest.mark.parametrize('prefix', ['backbone.', 'module.backbone.'])
def test_load_from_is_counted_by_part(tmp_path, fixed_weights, prefix):
    extra = {prefix.replace('backbone', 'cls_head') + 'fc.bias': torch.zeros(2)}
    weights = save(tmp_path / 'a.pth', prefix=prefix, **extra)
    runner, log = run(tmp_path, load_from=tmp_path / 'a.pth')
    assert same(runner.model.backbone, weights)
    assert f'{tmp_path}/a.pth -> model' in log
    assert re.search(r'backbone: (\d+) of \1 tensors match\n', log)
    assert re.search(r'consistency_head: 0 of \d+ tensors match, \d+ not in the ch', log)
    assert 'not in the model: 1 tensors, cls_head.fc.bias' in log


def refused(work_dir, *parts, **options):
    """Check that the run is refused before its first step; return the message."""
    with pytest.raises(RuntimeError) as caught:
        run(work_dir, **options)
    assert not list(work_dir.rglob('epoch_*.pth'))
    for part in parts:
        assert part in str(caught.value)
    return str(caught.value)


def test_other_names_are_refused(tmp_path):
    save(tmp_path / 'a.pth', prefix='')
    message = refused(
        tmp_path,
        f'{tmp_path}/a.pth -> model',
        'not in the checkpoint: backbone.conv1.temporal_spatial_conv.weight',
        'not in the model: 60 tensors, conv1.temporal_spatial_conv.weight',
        'CheckpointMatchHook wants 100% of the backbone',
        'export_backbone.py',
        'min_matched',
        load_from=tmp_path / 'a.pth',
    )
    assert re.search(r'backbone: 0 of 60 tensors match, 60 not in the checkp', message)


def test_other_shapes_are_refused(tmp_path):
    save(tmp_path / 'a.pth', {**R3D, 'base_channels': 2})
    refused(
        tmp_path,
        'backbone.bn1.weight ((2,) in the checkpoint, (1,) in the model)',
        load_from=tmp_path / 'a.pth',
    )


def test_a_deeper_backbone_is_refused_though_every_tensor_of_the_model_is_there(tmp_path):
    save(tmp_path / 'a.pth', {**R3D, 'layer_sizes': (1, 1, 1, 2)})
    refused(
        tmp_path,
        '60 of 70 tensors match, 10 not in the model',
        'not in the model: backbone.conv5.blocks.0',
        load_from=tmp_path / 'a.pth',
    )


@pytest.mark.parametrize(('min_matched', 'fits'), [(0.85, True), (0.86, False)])
def test_the_least_share_is_an_option(tmp_path, min_matched, fits):
    save(tmp_path / 'a.pth', {**R3D, 'layer_sizes': (1, 1, 1, 2)})  # 60 of 70
    given = dict(hook=dict(min_matched=min_matched), load_from=tmp_path / 'a.pth')
    if fits:
        run(tmp_path, **given)
    else:
        refused(tmp_path, **given)


def test_another_part_can_be_the_one_that_counts(tmp_path):
    save(tmp_path / 'a.pth')
    hook = dict(part='consistency_head')
    refused(
        tmp_path, '% of the consistency_head', hook=hook, load_from=tmp_path / 'a.pth'
    )


@pytest.mark.parametrize(
    ('prefix', 'options'),
    [('', {}), ('module.', {}), ('backbone.', dict(prefix='backbone'))],
)
def test_init_cfg_is_counted(tmp_path, fixed_weights, prefix, options):
    weights = save(tmp_path / 'a.pth', prefix=prefix)
    init_cfg = dict(type='Pretrained', checkpoint=f'{tmp_path}/a.pth', **options)
    runner, log = run(tmp_path, dict(R3D, init_cfg=init_cfg))
    assert same(runner.model.backbone, weights)
    assert re.search(r'-> backbone\n\s+backbone: 60 of 60 tensors match\n', log)


def test_a_moving_target_needs_no_checkpoint_of_its_own(tmp_path):
    save(tmp_path / 'a.pth', prefix='')
    init_cfg = dict(type='Pretrained', checkpoint=f'{tmp_path}/a.pth')
    backbone = dict(R3D, init_cfg=init_cfg)
    model = dict(
        type='STCR', backbone=backbone, consistency_head=HEAD, target_momentum=0.9
    )
    _, log = run(tmp_path, model=model)
    assert log.count('60 of 60 tensors match') == 1


def test_init_cfg_without_the_prefix_that_it_needs_is_refused(tmp_path):
    save(tmp_path / 'a.pth')
    init_cfg = dict(type='Pretrained', checkpoint=f'{tmp_path}/a.pth')
    refused(
        tmp_path,
        '0 of 120 tensors match',
        'not in the model: backbone.backbone.conv1',
        backbone=dict(R3D, init_cfg=init_cfg),
    )


def test_a_head_may_fit_badly(tmp_path):
    torch.save(dict(state_dict=dict(other=torch.zeros(1))), tmp_path / 'a.pth')
    init_cfg = dict(type='Pretrained', checkpoint=f'{tmp_path}/a.pth')
    runner = make_runner(tmp_path, [HOOK], epochs=1)
    runner.model.consistency_head.init_cfg = init_cfg
    runner.train()
    log = next(tmp_path.rglob('*.log')).read_text()
    assert re.search(r'-> consistency_head\n\s+consistency_head: 0 of', log)


def test_pretrained_of_a_stock_backbone_is_counted(tmp_path, fixed_weights):
    weights = save(tmp_path / 'a.pth', RESNET, prefix='')
    runner, log = run(
        tmp_path, dict(RESNET, pretrained=f'{tmp_path}/a.pth'), temporal_size=2
    )
    assert same(runner.model.backbone, weights)
    assert re.search(r'-> backbone\n\s+backbone: (\d+) of \1 tensors match\n', log)


def test_pretrained_of_a_stock_backbone_that_does_not_fit_is_refused(tmp_path):
    save(tmp_path / 'a.pth', RESNET)
    refused(tmp_path, backbone=dict(RESNET, pretrained=f'{tmp_path}/a.pth'))


@pytest.mark.parametrize(
    'kind',
    ['Pretrained', 'mmengine.Pretrained', 'mmengine.model.PretrainedInit']
    + [PretrainedInit],
)
def test_a_checkpoint_is_seen_however_its_type_is_given(kind):
    module = nn.Module()
    module.init_cfg = [dict(type='Constant'), dict(type=kind, checkpoint='a.pth')]
    assert pretrained_init(module) == 'a.pth'


@pytest.mark.parametrize(
    ('backbone', 'argument'), [(RESNET, 'init_cfg'), (VIT, 'pretrained')]
)
def test_what_a_stock_backbone_ignores_is_reported(tmp_path, backbone, argument):
    file = str(tmp_path / 'a.pth')
    save(file, backbone, prefix='')
    head = dict(type='I3DHead', num_classes=2, in_channels=8)
    value = dict(type='Pretrained', checkpoint=file) if argument == 'init_cfg' else file
    refused(
        tmp_path,
        f'{file} is not loaded: {backbone["type"]} (backbone) ignores {argument}',
        model=dict(
            type='Recognizer3D', backbone={**backbone, argument: value}, cls_head=head
        ),
    )


@pytest.mark.parametrize('argument', ['init_cfg', 'pretrained'])
@pytest.mark.parametrize('load', [False, True])
def test_what_no_test_loads_is_reported(tmp_path, argument, load):
    """A test initializes nothing: without another checkpoint its weights are random."""
    file = str(tmp_path / 'a.pth')
    save(file, RESNET, **CLASSIFIER)
    value = dict(type='Pretrained', checkpoint=file) if argument == 'init_cfg' else file
    head = dict(type='I3DHead', num_classes=2, in_channels=8)
    backbone = {**RESNET, argument: value}
    model = dict(type='Recognizer3D', backbone=backbone, cls_head=head)
    options = dict(model=model, cfg=dict(model=model), load_from=file if load else None)
    runner = make_runner(tmp_path, [HOOK], **options)
    runner.call_hook('before_run')
    runner.load_or_resume()
    if load:
        runner.call_hook('before_test')
    else:
        with pytest.raises(RuntimeError, match='a.pth is not loaded: a test .*load_from'):
            runner.call_hook('before_test')


def test_weights_that_cannot_be_counted_are_told(tmp_path):
    flat = {}
    for name, tensor in MODELS.build(RESNET).state_dict().items():
        if 'downsample' in name:
            name = name.replace('.conv', '.0').replace('.bn', '.1')
        else:
            name = re.sub(r'conv(\d)\.bn', r'bn\1', name).replace('.conv.', '.')
        flat[name] = tensor.mean(dim=2) if tensor.ndim == 5 else tensor
    torch.save(flat, tmp_path / 'flat.pth')
    backbone = dict(RESNET, pretrained2d=True, pretrained=f'{tmp_path}/flat.pth')
    _, log = run(tmp_path, backbone, temporal_size=2)
    assert 'WARNING - ResNet3d copies' in log
    assert 'not loaded: ' not in log


def test_a_resumed_run_is_left_alone(tmp_path):
    run(tmp_path)
    checkpoint = CheckpointLoader.load_checkpoint(f'{tmp_path}/epoch_1.pth')
    weights = checkpoint['state_dict']
    weights['backbone.conv1.other'] = weights.pop('backbone.bn1.running_mean')
    torch.save(checkpoint, tmp_path / 'changed.pth')
    options = dict(load_from=tmp_path / 'changed.pth', epochs=2)
    refused(tmp_path / 'new', '1 not in the checkpoint', **options)
    runner, log = run(tmp_path / 'resumed', resume=True, **options)
    assert runner.epoch == 2
    assert 'tensors match' not in log


def test_a_moving_average_is_not_counted_again_and_nothing_stays_behind(tmp_path):
    save(tmp_path / 'a.pth')
    hooks = [dict(type='EMAHook')]
    runner, log = run(tmp_path, load_from=tmp_path / 'a.pth', hooks=hooks)
    assert log.count('backbone: 60 of 60 tensors match') == 1
    modules = list(runner.model.modules())
    assert not any(module._load_state_dict_pre_hooks for module in modules)


@pytest.mark.parametrize('fits', [True, False])
def test_wrappers_for_distributed_training_are_looked_into(tmp_path, fits):
    save(tmp_path / 'a.pth', prefix='module.backbone.' if fits else '')
    model = dict(type='STCR', backbone=R3D, pretext_head=None, consistency_head=HEAD)
    runner = make_runner(tmp_path, [HOOK], model=model, load_from=f'{tmp_path}/a.pth')
    store = f'file://{tmp_path}/rendezvous'
    distributed.init_process_group('gloo', store, rank=0, world_size=1)
    try:
        runner.model = MMDistributedDataParallel(runner.model)
        runner.call_hook('before_run')
        if fits:
            runner.load_or_resume()
            assert '60 of 60' in next(tmp_path.rglob('*.log')).read_text()
        else:
            with pytest.raises(RuntimeError, match='0 of 60 tensors match'):
                runner.load_or_resume()
    finally:
        leave_process_group()


def test_a_part_that_the_model_lacks_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"STCR has no part 'spine'; .*'backbone'"):
        run(tmp_path, hook=dict(part='spine'))


@pytest.mark.parametrize('min_matched', [-0.1, 1.1])
def test_a_share_out_of_range_is_refused_when_built(min_matched):
    with pytest.raises(ValueError, match='min_matched between 0 and 1'):
        CheckpointMatchHook(min_matched=min_matched)


RECOGNIZER = dict(
    type='STCR',
    backbone=R3D,
    cls_head=dict(type='I3DHead', num_classes=2, in_channels=8, dropout_ratio=0),
    consistency_head=HEAD,
    data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
)


def begin_test(work_dir, checkpoint, model=RECOGNIZER, trained=0):
    """Do what a test does before the first video, after so many iterations."""
    runner = make_runner(work_dir, [HOOK], model=model, load_from=str(checkpoint))
    runner.call_hook('before_run')
    runner.load_or_resume()
    runner.train_loop._iter = trained
    runner.call_hook('before_test')
    return runner


@pytest.mark.parametrize(
    ('weights', 'words'),
    [
        ({}, r'cls_head \(0 of 2 tensors match, 2 not in the checkpoint\)'),
        (dict(weight=torch.ones(3, 8)), r'weight \(\(3, 8\) in the checkpoint, \(2, 8\)'),
    ],
)
def test_a_test_of_a_classifier_that_was_not_loaded_is_refused(tmp_path, weights, words):
    more = {f'cls_head.fc_cls.{name}': tensor for name, tensor in weights.items()}
    save(tmp_path / 'a.pth', **more)
    with pytest.raises(RuntimeError, match=words) as error:
        begin_test(tmp_path, tmp_path / 'a.pth')
    for part in (
        f'--cfg-options load_from={tmp_path}/a.pth',
        'tools/retrieval.py CONFIG',
    ):
        assert part in str(error.value)


def test_what_a_test_does_not_run_may_be_left_random(tmp_path):
    save(tmp_path / 'a.pth', **CLASSIFIER)
    runner = begin_test(tmp_path, tmp_path / 'a.pth')
    assert (runner.model.cls_head.fc_cls.weight == 1).all()


@pytest.mark.parametrize(
    'model',
    [
        dict(RECOGNIZER, cls_head=None),
        dict(type='VideoFeatureExtractor', backbone=R3D),
    ],
)
def test_features_are_tested_with_the_checkpoint_of_a_pretraining(tmp_path, model):
    save(tmp_path / 'a.pth', **{'consistency_head.x': torch.ones(1)})
    begin_test(tmp_path, tmp_path / 'a.pth', model)


def test_a_classifier_that_was_trained_since_is_tested(tmp_path):
    save(tmp_path / 'a.pth')
    begin_test(tmp_path, tmp_path / 'a.pth', trained=1)
