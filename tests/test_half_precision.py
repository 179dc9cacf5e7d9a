"""Every kind of training, its validation and its test, in half precision."""

import copy
import math
from types import SimpleNamespace

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.dataset import pseudo_collate
from mmengine.runner import Runner
from torch.utils.data import Dataset

from stcr_mmaction.engine import ChannelsLastHook

CHANNELS, SHAPE = 16, (16, 16, 16)
HEAD = dict(type='STCRHead')
MLP = dict(type='ProjectionMLP', hidden_channels=8)
PROJECTOR = dict(MLP, in_channels=2 * CHANNELS, out_channels=8)
CONTRAST = dict(contrast=dict(type='InfoNCELoss', projector=PROJECTOR))
SPREAD = dict(spread=dict(type='VarianceCovarianceLoss', projector=PROJECTOR))
SIZES = dict(num_classes=2, in_channels=CHANNELS)
CLASSIFIER = dict(type='I3DHead', average_clips='prob', **SIZES)
PROBE = dict(type='LinearProbeHead', average_clips=None, **SIZES)
KINDS = dict(
    paper=dict(consistency_head=HEAD),
    centered=dict(consistency_head=dict(HEAD, pooling='none', center_time=True)),
    contrast=dict(consistency_head=dict(HEAD, auxiliary_losses=CONTRAST)),
    variance=dict(consistency_head=dict(HEAD, auxiliary_losses=SPREAD)),
    target=dict(consistency_head=dict(HEAD, predictor=MLP), target_momentum=0.9),
    pretext=dict(consistency_head=HEAD, pretext_head=dict(type='TransformCodeHead')),
    supervised=dict(consistency_head=HEAD, cls_head=CLASSIFIER),
    semi_supervised=dict(consistency_head=HEAD, cls_head=CLASSIFIER),
    stock=dict(type='Recognizer3D', cls_head=CLASSIFIER),
    probe=dict(type='FrozenRecognizer3D', cls_head=PROBE),
)


class Clips(Dataset):
    """Random clips of two classes, which differ in brightness."""

    metainfo = {}

    def __init__(self, views, unlabeled=False):
        self.views, self.unlabeled = views, unlabeled

    def __len__(self):
        return 12

    def __getitem__(self, index):
        generator = torch.Generator().manual_seed(index)
        clips = torch.rand(self.views, 3, *SHAPE, generator=generator) + index % 2
        sample = ActionDataSample(metainfo=dict(transform_codes=[index]))
        label = -1 if self.unlabeled and index > 4 else index % 2
        return dict(inputs=clips, data_samples=sample.set_gt_label(label))


def loader(clips):
    return dict(
        batch_size=4,
        num_workers=0,
        dataset=clips,
        sampler=dict(type='DefaultSampler', shuffle=False),
        collate_fn=dict(type='pseudo_collate'),
    )


def model_config(kind):
    model = dict(type='STCR') | KINDS[kind]
    if model['type'] == 'STCR':
        model['clip_shape'] = SHAPE
    backbone = dict(type='VCOPR3D', base_channels=CHANNELS // 8)
    preprocessor = dict(type='ActionDataPreprocessor', format_shape='NCTHW')
    return dict(model, backbone=backbone, data_preprocessor=preprocessor)


def training_clips(kind):
    return Clips(
        views=1 if 'type' in KINDS[kind] else 2, unlabeled=kind == 'semi_supervised'
    )


def make_runner(kind, work_dir, **wrapper):
    """Build a run in half precision, with the hooks and metrics that go with the kind."""
    model = model_config(kind)
    metric = dict(type='CheckedAccMetric')
    if 'cls_head' not in model:
        metric = dict(type='FrozenFeatureMetric', folds=2)
    elif model['cls_head']['average_clips'] is None:
        metric = dict(type='ClipAccMetric', topk=(1,))
    hooks = [dict(type='FiniteLossHook')]
    if 'consistency_head' in model:
        hooks.append(dict(type='CollapseMonitorHook', interval=1, window=4))
    return Runner(
        model=model,
        work_dir=str(work_dir),
        train_dataloader=loader(training_clips(kind)),
        train_cfg=dict(type='ReproducibleTrainLoop', max_epochs=1),
        optim_wrapper=dict(
            type='AmpOptimWrapper', optimizer=dict(type='SGD', lr=1e-3), **wrapper
        ),
        val_dataloader=loader(Clips(views=2)),
        val_cfg=dict(fp16=True),
        val_evaluator=metric,
        test_dataloader=loader(Clips(views=2)),
        test_cfg=dict(fp16=True),
        test_evaluator=metric,
        custom_hooks=hooks,
        default_scope='mmaction',
        experiment_name=f'half-{kind}-{work_dir.name}',
        randomness=dict(seed=0),
    )


def train_and_test(runner):
    """Train; return the types that the backbone computed in."""
    computed, before = set(), copy.deepcopy(runner.model.state_dict())
    runner.model.backbone.register_forward_hook(
        lambda module, inputs, maps: computed.add(maps.dtype)
    )
    runner.train()
    figures = runner.test()
    assert all(map(math.isfinite, figures.values()))
    for name, parameter in runner.model.named_parameters():
        assert parameter.dtype == torch.float32
        if parameter.requires_grad:
            assert not torch.equal(parameter, before[name]), name
    return computed


@pytest.mark.parametrize('kind', KINDS)
def test_training_validation_and_test_in_bfloat16(kind, tmp_path):
    runner = make_runner(kind, tmp_path, dtype='bfloat16')
    assert train_and_test(runner) == {torch.bfloat16}


@pytest.mark.parametrize('kind', KINDS)
def test_losses_in_bfloat16_are_those_in_single_precision_up_to_rounding(kind):
    model = MODELS.build(model_config(kind)).train()
    clips = training_clips(kind)
    batch = pseudo_collate([clips[index] for index in range(4)])
    found = []
    for enabled in (True, False):
        torch.manual_seed(0)  # for dropout
        with torch.autocast('cpu', dtype=torch.bfloat16, enabled=enabled):
            inputs = model.data_preprocessor(batch, training=True)
            found.append(copy.deepcopy(model).loss(**inputs))
    half, single = found
    assert half.keys() == single.keys()
    for name in filter(lambda name: 'loss' in name, half):
        assert half[name].dtype == torch.float32
        assert half[name].item() == pytest.approx(single[name].item(), rel=0.05)
        assert half[name] != single[name]


@pytest.mark.gpu
@pytest.mark.parametrize('dtype', [torch.float16, torch.bfloat16])
@pytest.mark.parametrize('kind', KINDS)
def test_on_a_gpu(kind, dtype, tmp_path):
    # A scale from which no step is likely to be skipped.
    runner = make_runner(kind, tmp_path, dtype=dtype, loss_scale=dict(init_scale=64.0))
    assert train_and_test(runner) == {dtype, torch.float16}  # of val_cfg.fp16


@pytest.mark.gpu
def test_steps_whose_scaled_gradients_overflow_are_skipped_and_no_error(tmp_path):
    scale = 2.0**60
    runner = make_runner('paper', tmp_path, loss_scale=dict(init_scale=scale))
    before = {n: p.detach().clone() for n, p in runner.model.named_parameters()}
    runner.train()
    for name, parameter in runner.model.named_parameters():
        assert torch.equal(parameter, before[name]), name
    assert runner.optim_wrapper.loss_scaler.get_scale() < scale


def losses_on_a_gpu(model, kind, dtype):
    """Return a function that computes the losses of a batch that is there already."""
    clips = training_clips(kind)
    batch = pseudo_collate([clips[index] for index in range(4)])
    inputs = model.data_preprocessor(batch, training=True)

    def compute():
        with torch.autocast('cuda', dtype=dtype, enabled=dtype != torch.float32):
            return model.loss(**inputs)

    return compute


@pytest.mark.gpu
@pytest.mark.parametrize('dtype', [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize('kind', [k for k, v in KINDS.items() if 'cls_head' not in v])
def test_a_step_does_not_wait_for_the_device(kind, dtype):
    model = MODELS.build(model_config(kind)).cuda().train()
    compute = losses_on_a_gpu(model, kind, dtype)
    sum(v for k, v in compute().items() if 'loss' in k).backward()  # makes handles
    torch.cuda.set_sync_debug_mode('error')
    try:
        sum(v for k, v in compute().items() if 'loss' in k).backward()
    finally:
        torch.cuda.set_sync_debug_mode('default')


@pytest.mark.gpu
@pytest.mark.parametrize('dtype', [torch.float32, torch.bfloat16])
def test_channels_last_gives_the_same_losses_up_to_rounding(dtype):
    model = MODELS.build(model_config('contrast')).cuda().train()
    compute = losses_on_a_gpu(model, 'contrast', dtype)
    usual = compute()
    ChannelsLastHook().before_run(SimpleNamespace(model=model))
    changed = compute()
    sum(changed.values()).backward()
    for name, value in usual.items():
        assert changed[name].item() == pytest.approx(value.item(), rel=0.05)
