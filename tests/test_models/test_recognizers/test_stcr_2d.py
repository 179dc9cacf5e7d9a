"""Two paths for recognizer classes that are not ours."""

from pathlib import Path

import mmaction
import pytest
import torch
from mmaction.models import (
    Recognizer2D,
)
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from stcr_mmaction.functional import transform_clips
from stcr_mmaction.models import ConsistencyMixin

LENGTH = 8
CONFIGS = Path(mmaction.__file__).parent / '.mim/configs/recognition'
TSM = CONFIGS / 'tsm/tsm_imagenet-pretrained-r50_8xb16-1x1x8-50e_sthv2-rgb.py'
HEAD = dict(type='STCRHead', in_channels=512, temporal_size=LENGTH)


@MODELS.register_module(force=True)
class STCR2D(ConsistencyMixin, Recognizer2D):
    """The two lines that give any 2D recognizer two paths: this, and the one below."""


def configure(**options):
    """Change the stock TSM: depth, so that tests are fast, and what is told in docs."""
    cfg = Config.fromfile(TSM)
    cfg.model.update(type='STCR2D', consistency_head=dict(HEAD), **options)
    cfg.model.backbone.update(depth=18, pretrained=None)
    cfg.model.cls_head.update(in_channels=512, num_classes=5, dropout_ratio=0.0)
    noise = [dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
    cfg.model.data_preprocessor.blending = dict(
        type='SiameseBlending', clean=[], noise=noise
    )
    return cfg


@pytest.fixture(scope='module')
def model():
    torch.manual_seed(0)
    init_default_scope('mmaction')
    return MODELS.build(configure().model).eval()  # each image for itself


def batch(count=2, codes=(3, 12)):
    images = torch.rand(count, 2 * LENGTH, 3, 32, 32)
    samples = [ActionDataSample().set_gt_label(n) for n in range(count)]
    for sample, code in zip(samples, codes, strict=True):
        sample.set_metainfo(dict(transform_codes=[code]))
    return images, samples


def test_its_losses_are_those_of_each_path_alone(model):
    images, samples = batch()
    losses = model(images, samples, mode='loss')
    stock = Recognizer2D(
        backbone=configure().model.backbone, cls_head=configure().model.cls_head
    ).eval()
    stock.load_state_dict(model.state_dict(), strict=False)
    clean, noise = (path.contiguous() for path in images.chunk(2, dim=1))
    expected = stock(clean, samples, mode='loss')
    maps = [stock.backbone(path.flatten(0, 1)) for path in (clean, noise)]
    maps = [rows.unflatten(0, (2, LENGTH)).transpose(1, 2) for rows in maps]
    expected.update(model.consistency_head.loss(*maps, [3, 12]))
    assert losses.keys() == expected.keys()
    for name in losses:
        torch.testing.assert_close(losses[name], expected[name], check_dtype=False)


def test_an_equivariant_network_learns_nothing_from_transformations():
    head = dict(type='STCRHead', in_channels=3, temporal_size=LENGTH)
    recognizer = STCR2D(backbone=dict(type='ResNet', depth=18), consistency_head=head)
    recognizer.backbone = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1), torch.nn.ReLU())
    clips = torch.rand(16, 3, LENGTH, 8, 8)
    paths = torch.cat([clips, transform_clips(clips, range(16))], dim=2)
    images = paths.transpose(1, 2).contiguous()
    _, samples = batch(16, range(16))
    assert recognizer(images, samples, mode='loss')['loss_temporal'] < 1e-10
    _, samples = batch(16, [0] * 16)
    assert recognizer(images, samples, mode='loss')['loss_temporal'] > 1e-5


@pytest.mark.parametrize('momentum', [None, 0.5])
def test_each_trained_parameter_of_it_gets_a_gradient(momentum):
    recognizer = MODELS.build(configure(target_momentum=momentum).model)
    losses = recognizer(*batch(), mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    trained = {n for n, p in recognizer.named_parameters() if p.requires_grad}
    given = {n for n, p in recognizer.named_parameters() if p.grad is not None}
    assert given == trained


def test_clips_without_a_label_are_not_classified(model):
    images, samples = batch()
    both = model(images, samples, mode='loss')['loss_cls']
    first = model(images[:1], samples[:1], mode='loss')['loss_cls']
    samples[1].set_gt_label(-1)
    mixed = model(images, samples, mode='loss')['loss_cls']
    torch.testing.assert_close(mixed, first)
    assert not torch.isclose(mixed, both)


def test_it_is_tested_as_the_stock_class(model):
    stock = Recognizer2D(
        backbone=configure().model.backbone, cls_head=configure().model.cls_head
    ).eval()
    stock.load_state_dict(model.state_dict(), strict=False)
    images, _ = batch()
    samples = [[ActionDataSample() for _ in images] for _ in range(2)]
    ours, theirs = (
        recognizer(images, given, mode='predict')
        for recognizer, given in zip((model, stock), samples, strict=True)
    )
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one.pred_score, other.pred_score)


def test_without_a_classifier_it_predicts_features():
    recognizer = MODELS.build(configure().model).eval()
    recognizer.cls_head = None
    images, samples = batch()
    predicted = recognizer(images, samples, mode='predict')
    maps = recognizer.backbone(images.flatten(0, 1)).unflatten(0, (2, -1))
    for sample, expected in zip(predicted, maps.mean(dim=(1, 3, 4)), strict=True):
        torch.testing.assert_close(sample.video_features, expected)


def test_its_stock_train_pipeline_stays_as_it_is(video):
    """One training step of a stock config, from a file to the losses."""
    cfg = configure()
    pipeline = cfg.train_dataloader.dataset.pipeline
    assert pipeline == Config.fromfile(TSM).train_dataloader.dataset.pipeline
    load = Compose([TRANSFORMS.build(step) for step in pipeline])
    annotation = dict(filename=str(video), start_index=0, modality='RGB')
    samples = [load(dict(annotation, label=label)) for label in (0, 1)]
    recognizer = MODELS.build(cfg.model)
    data = recognizer.data_preprocessor(pseudo_collate(samples), training=True)
    assert data['inputs'].shape == (2, 2 * LENGTH, 3, 224, 224)
    losses = recognizer(**data, mode='loss')
    assert {'loss_temporal', 'loss_channel', 'loss_cls'} < losses.keys()
    assert all(torch.isfinite(value) for value in losses.values())


@pytest.mark.parametrize(
    ('shape', 'codes'),
    [
        ((2, 7, 3, 32, 32), [1]),
        ((2, 16, 3, 32, 32), [1] * 8),
        ((2, 2, 3, 8, 32, 32), [1]),
    ],
)
def test_images_that_are_not_two_paths_of_one_clip(model, shape, codes):
    samples = [ActionDataSample(metainfo=dict(transform_codes=codes)) for _ in range(2)]
    with pytest.raises(ValueError, match=r'\(N, 2 \* T, C, H, W\).*SiameseBlending'):
        model(torch.rand(shape), samples, mode='loss')
