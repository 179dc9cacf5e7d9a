"""The slowly moving target, alone and in the recognizer."""

import copy

import pytest
import torch
from mmaction.models import Recognizer3D
from mmengine.config import Config
from mmengine.runner import load_checkpoint
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from stcr_mmaction.models.recognizers.target import build_target

from .test_stcr import CLS_HEAD, HEAD, PRETEXT, HalvedSTCR, batch, build

OPTIONS = """
target_momentum = 0.9
consistency_head = dict(
    type='STCRHead',
    in_channels=8,
    temporal_size=2,
    center_time=True,
    predictor=dict(type='ProjectionMLP', hidden_channels=4),
    auxiliary_losses=dict(
        contrast=dict(
            type='InfoNCELoss',
            projector=dict(
                type='ProjectionMLP', in_channels=16, hidden_channels=8, out_channels=8
            ),
        ),
        spread=dict(type='VarianceCovarianceLoss', variance_weight=0.1),
    ),
)
"""


def change(backbone):
    """Train a little, whatever for."""
    for parameter in backbone.parameters():
        parameter.data += torch.randn_like(parameter)
    return list(backbone.parameters())


def same_weights(a, b):
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.equal(p, q) for p, q in pairs)


@pytest.mark.parametrize('momentum', [0, 0.5, 0.99])
def test_it_is_the_moving_average_in_closed_form(momentum):
    backbone = torch.nn.Linear(3, 2)
    target = build_target(backbone, momentum)
    history = []
    for _ in range(5):
        history.append([p.detach().clone() for p in change(backbone)])
        target.update_parameters(backbone)
    weights = [(1 - momentum) * momentum ** (4 - step) for step in range(5)]
    weights[0] = momentum**4
    for p, past in zip(
        target.module.parameters(), zip(*history, strict=True), strict=True
    ):
        expected = sum(w * value for w, value in zip(weights, past, strict=True))
        torch.testing.assert_close(p, expected)
        assert not p.requires_grad


def test_buffers_are_copied():
    backbone = torch.nn.BatchNorm1d(3)
    target = build_target(backbone, 0.99)
    backbone(torch.randn(5, 3))
    target.update_parameters(backbone)
    backbone(torch.randn(5, 3))
    target.update_parameters(backbone)
    assert torch.equal(target.module.running_mean, backbone.running_mean)


def test_its_counter_is_not_read():
    """For that a device would be waited for at each step; "meta" has nothing to read."""
    backbone = torch.nn.BatchNorm1d(3)
    target = build_target(backbone, 0.99).to('meta')
    target.update_parameters(backbone.to('meta'))


def test_it_is_the_moving_average_of_torch_to_the_bit():
    backbone = torch.nn.Sequential(torch.nn.Linear(30, 20), torch.nn.BatchNorm1d(20))
    target = build_target(backbone, 0.99)
    average = get_ema_multi_avg_fn(0.99)
    expected = AveragedModel(backbone, multi_avg_fn=average)
    expected.load_state_dict(target.state_dict())
    for _ in range(4):
        change(backbone)
        backbone(torch.randn(5, 30))
        for one in (target, expected):
            one.update_parameters(backbone)
    for name, tensor in expected.state_dict().items():
        assert torch.equal(target.state_dict()[name], tensor), name


@pytest.mark.parametrize('momentum', [-0.1, 1, 1.5, float('nan')])
def test_momentum_out_of_range(momentum):
    with pytest.raises(ValueError, match='target_momentum must be 0 or more and below 1'):
        build(target_momentum=momentum)


@pytest.mark.parametrize('num_clips', [1, 3])
@pytest.mark.parametrize('tap', [None, 'stem'])
def test_the_clean_path_is_the_targets(tap, num_clips):
    head = dict(HEAD, in_channels=4, temporal_size=4) if tap else HEAD
    model = build(target_momentum=0.9, tap=tap, consistency_head=head)
    inputs, samples = batch(num_clips=num_clips)
    model(inputs, samples, mode='loss')
    change(model.backbone)
    losses = model(inputs, samples, mode='loss')
    sides = [model.target_backbone.module, model.backbone]
    assert not same_weights(*sides)
    paths = (inputs[:, :num_clips], inputs[:, num_clips:])
    networks = [side.stem if tap else side for side in sides]
    maps = [net(path.flatten(0, 1)) for net, path in zip(networks, paths, strict=True)]
    codes = [n for n in range(3) for _ in range(num_clips)]
    expected = model.consistency_head.loss(*maps, codes)
    for name, value in losses.items():
        torch.testing.assert_close(value, expected[name])


def test_it_moves_by_one_step_at_each_loss():
    model = build(target_momentum=0.9)
    inputs, samples = batch()
    model(inputs, samples, mode='loss')
    start = [p.detach().clone() for p in model.backbone.parameters()]
    moved = change(model.backbone)
    model(inputs, samples, mode='loss')
    target = model.target_backbone.module.parameters()
    for p, old, new in zip(target, start, moved, strict=True):
        torch.testing.assert_close(p, 0.9 * old + 0.1 * new)


def test_a_predictor_predicts_the_target_alone():
    """The way back would teach the predictor to follow the backbone instead."""
    head = dict(HEAD, predictor=dict(type='ProjectionMLP', hidden_channels=4))
    model = build(target_momentum=0.9, consistency_head=head)
    one_way = build(consistency_head=dict(head, stop_gradient='clean'))
    one_way.load_state_dict(model.state_dict(), strict=False)
    inputs, samples = batch()
    losses = model(inputs, samples, mode='loss')  # the target is a copy in this step
    expected = one_way(inputs, samples, mode='loss')
    torch.testing.assert_close(losses['loss_temporal'], expected['loss_temporal'])


def test_it_gets_no_gradient_and_the_backbone_gets_that_of_the_noise_path():
    model = build(target_momentum=0.9)
    inputs, samples = batch()
    sum(model(inputs, samples, mode='loss').values()).backward()
    assert all(p.grad is None for p in model.target_backbone.parameters())
    ours = [p.grad.clone() for p in model.backbone.parameters()]
    model.zero_grad()
    clean, noise = (model.backbone(inputs[:, path]) for path in (0, 1))
    losses = model.consistency_head.loss(clean.detach(), noise, [0, 1, 2])
    sum(losses.values()).backward()
    for ours_of, p in zip(ours, model.backbone.parameters(), strict=True):
        torch.testing.assert_close(ours_of, p.grad)


def test_the_classifier_uses_the_backbones_clean_output():
    model = build(target_momentum=0.9, cls_head=CLS_HEAD)
    inputs, samples = batch()
    model(inputs, samples, mode='loss')
    change(model.backbone)
    losses = model(inputs, samples, mode='loss')
    stock = Recognizer3D(backbone=dict(type='ToyBackbone'), cls_head=CLS_HEAD)
    stock.load_state_dict(model.state_dict(), strict=False)
    expected = stock(inputs[:, :1].contiguous(), samples, mode='loss')
    torch.testing.assert_close(losses['loss_cls'], expected['loss_cls'])
    assert {'loss_temporal', 'loss_channel', 'top1_acc'} <= losses.keys()


def test_the_target_runs_where_the_class_runs_its_backbone():
    backbone = dict(type='ToyBackbone')
    model = HalvedSTCR(backbone=backbone, consistency_head=HEAD, target_momentum=0.9)
    stcr = build(target_momentum=0.9)
    stcr.load_state_dict(model.state_dict())
    inputs, samples = batch()
    expected = stcr(inputs / 2, samples, mode='loss')
    losses = model(inputs, samples, mode='loss')
    torch.testing.assert_close(losses['loss_temporal'], expected['loss_temporal'])


def test_an_error_leaves_the_backbone_in_its_place():
    model = build(target_momentum=0.9)
    backbone = model.backbone
    with pytest.raises(RuntimeError):
        model(torch.rand(3, 2, 5, 4, 8, 8), batch()[1], mode='loss')
    assert model.backbone is backbone


def test_backbone_keys_stay_and_the_target_has_its_own(tmp_path):
    keys = set(build(target_momentum=0.9).state_dict())
    extra = keys - set(build().state_dict())
    assert set(build().state_dict()) <= keys
    assert all(key.startswith('target_backbone.') for key in extra)


def test_it_starts_from_loaded_weights(tmp_path):
    """Checkpoints without a target: another pretraining, or stock weights."""
    file = str(tmp_path / 'plain.pth')
    torch.save(dict(state_dict=build().state_dict()), file)
    model = build(target_momentum=0.9)
    load_checkpoint(model, file)
    model(*batch(), mode='loss')
    assert same_weights(model.target_backbone.module, model.backbone)


def test_it_goes_on_where_a_checkpoint_left_it(tmp_path):
    model = build(target_momentum=0.9)
    model(*batch(), mode='loss')
    change(model.backbone)
    model(*batch(), mode='loss')
    file = str(tmp_path / 'resumed.pth')
    torch.save(dict(state_dict=model.state_dict()), file)
    resumed = build(target_momentum=0.9)
    load_checkpoint(resumed, file)
    for one in (model, resumed):
        one(*batch(), mode='loss')
    assert same_weights(model.target_backbone.module, resumed.target_backbone.module)
    assert not same_weights(resumed.target_backbone.module, resumed.backbone)


def test_mixed_precision():
    model = build(target_momentum=0.9)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        for _ in range(2):
            losses = model(*batch(), mode='loss')
            sum(losses.values()).backward()
            change(model.backbone)
    target = model.target_backbone.module
    assert all(p.dtype == torch.float32 for p in target.parameters())
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    'options',
    [
        dict(consistency_head=None, pretext_head=PRETEXT),
        dict(consistency_head=dict(HEAD, stop_gradient='noise')),
    ],
)
def test_a_target_without_use_is_refused(options):
    with pytest.raises(ValueError, match='target_momentum takes the gradient'):
        build(target_momentum=0.9, **options)


@pytest.mark.parametrize(
    'without', [(), ('target_momentum',)], ids=['with target', 'without']
)
def test_every_option_from_a_config_trains_each_parameter(without):
    config = Config.fromstring(OPTIONS, '.py')
    options = {name: config[name] for name in config if name not in without}
    model = build(**copy.deepcopy(options))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    start = [p.detach().clone() for p in model.parameters() if p.requires_grad]
    inputs, samples = batch(6)
    for _ in range(3):
        optimizer.zero_grad()
        sum(model(inputs, samples, mode='loss').values()).backward()
        optimizer.step()
    trained = [p for p in model.parameters() if p.requires_grad]
    for before, after in zip(start, trained, strict=True):
        assert torch.isfinite(after).all()
        assert not torch.equal(before, after)
