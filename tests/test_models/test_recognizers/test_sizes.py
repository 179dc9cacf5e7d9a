"""Sizes and frozen parameters, found without computing anything."""

import pytest
import torch
from mmaction.registry import MODELS
from torch import distributed, nn

from stcr_mmaction.compat.processes import leave_process_group
from stcr_mmaction.models.recognizers.sizes import fit_tap, probe_maps
from stcr_mmaction.models.recognizers.tap import Tap

from ..toy import ToyBackbone
from .test_tap import HEAD, TIMESFORMER, build, timesformer


def test_probing_computes_nothing_and_leaves_the_backbone_alone():
    backbone = ToyBackbone()
    before = torch.random.get_rng_state()
    probe, maps = probe_maps(backbone, Tap(backbone, 'stem'), (4, 8, 8))
    assert maps.shape == (2, 4, 4, 4, 4)
    assert maps.is_meta
    assert all(p.is_meta for p in probe.parameters())
    assert not any(p.is_meta for p in backbone.parameters())
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.fixture
def process_group(tmp_path):
    store = f'file://{tmp_path}/rendezvous'
    distributed.init_process_group('gloo', store, rank=0, world_size=1)
    yield
    leave_process_group()


def test_a_backbone_with_synchronized_norm_is_probed(process_group):
    """Its layers want a GPU as soon as there are processes."""
    norm = dict(norm_cfg=dict(type='SyncBN'), conv_cfg=dict(type='Conv3d'))
    resnet = dict(type='ResNet3d', depth=18, base_channels=4, pretrained=None, **norm)
    backbone = MODELS.build(resnet)
    tap = Tap(backbone, 'layer3')
    assert fit_tap(backbone, tap, (4, 32, 32), True) == (2, 16, 2, 2, 2)
    trained = {n.split('.')[0] for n, p in backbone.named_parameters() if p.requires_grad}
    assert trained == {'conv1', 'layer1', 'layer2', 'layer3'}
    assert any(isinstance(m, nn.SyncBatchNorm) for m in backbone.modules())


def test_what_the_backbone_does_not_take_is_refused():
    backbone = timesformer('space_only')
    with pytest.raises(ValueError, match=r'TimeSformer .* \(3, 4, 32, 32\): set clip_sh'):
        fit_tap(backbone, Tap(backbone), (4, 32, 32), False)


def test_what_a_default_tap_does_not_need_is_frozen_without_a_classifier():
    options = dict(
        backbone=dict(TIMESFORMER, attention_type='space_only'), clip_shape=(4, 16, 16)
    )
    model = build(HEAD, **options)
    frozen = {n for n, p in model.backbone.named_parameters() if not p.requires_grad}
    assert frozen == {'norm.weight', 'norm.bias'}
    head = dict(type='TimeSformerHead', num_classes=2, in_channels=24)
    assert all(
        p.requires_grad for p in build(HEAD, cls_head=head, **options).parameters()
    )
