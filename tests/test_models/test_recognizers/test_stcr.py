"""The recognizer: two paths, its heads, the tap, and what it inherits."""

import copy

import pytest
import torch
from mmaction.models import Recognizer3D
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from stcr_mmaction.functional import transform_clips
from stcr_mmaction.models import ConsistencyMixin

from ..toy import ToyBackbone

HEAD = dict(type='STCRHead', in_channels=8, temporal_size=2)
CLS_HEAD = dict(
    type='I3DHead', num_classes=5, in_channels=8, dropout_ratio=0, average_clips='prob'
)
PRETEXT = dict(type='TransformCodeHead', in_channels=8)
C3D = dict(
    type='C3D',
    style='pytorch',
    conv_cfg=dict(type='Conv3d'),
    norm_cfg=None,
    act_cfg=dict(type='ReLU'),
)


class Halved(Recognizer3D):
    def extract_feat(self, inputs, *args, **kwargs):
        return super().extract_feat(inputs / 2, *args, **kwargs)


class HalvedSTCR(ConsistencyMixin, Halved):
    pass


def build(**options):
    config = dict(type='STCR', backbone=dict(type='ToyBackbone'), consistency_head=HEAD)
    return MODELS.build({**config, **options})


def batch(count=3, num_clips=1, codes=None, views=None):
    inputs = torch.rand(count, views or 2 * num_clips, 3, 4, 8, 8)
    samples = []
    for n in range(count):
        sample = ActionDataSample().set_gt_label(n)
        drawn = codes[n] if codes else [n] * num_clips
        sample.set_metainfo(dict(transform_codes=drawn))
        samples.append(sample)
    return inputs, samples


def build_and_score(inputs, samples):
    torch.manual_seed(0)
    losses = build()(inputs, samples, mode='loss')
    return {name: value.item() for name, value in losses.items()}


@pytest.mark.parametrize('num_clips', [1, 3])
def test_losses_are_those_of_the_head_on_each_path(num_clips):
    model = build()
    codes = [[(n + k) % 16 for k in range(num_clips)] for n in range(3)]
    inputs, samples = batch(num_clips=num_clips, codes=codes)
    clean, noise = inputs[:, :num_clips], inputs[:, num_clips:]
    maps = [model.backbone(path.flatten(0, 1)) for path in (clean, noise)]
    expected = model.consistency_head.loss(*maps, [c for drawn in codes for c in drawn])
    losses = model(inputs, samples, mode='loss')
    assert losses.keys() == expected.keys()
    for name in losses:
        torch.testing.assert_close(losses[name], expected[name])


def test_an_equivariant_network_learns_nothing_from_transformations():
    """The whole way, from transformed input to un-transformed features, fits."""
    model = build(consistency_head=dict(HEAD, in_channels=3, temporal_size=4))
    model.backbone = torch.nn.Sequential(torch.nn.Conv3d(3, 3, 1), torch.nn.ReLU())
    clips = torch.rand(16, 3, 4, 8, 8)
    inputs = torch.stack([clips, transform_clips(clips, range(16))], dim=1)
    _, samples = batch(16, codes=[[code] for code in range(16)])
    assert model(inputs, samples, mode='loss')['loss_temporal'] < 1e-10
    _, samples = batch(16, codes=[[0]] * 16)
    assert model(inputs, samples, mode='loss')['loss_temporal'] > 1e-5


def test_it_needs_no_labels():
    inputs, samples = batch()
    expected = build_and_score(inputs, samples)
    for sample in samples:
        del sample.gt_label
    assert build_and_score(inputs, samples) == expected


def test_with_a_classification_head_it_is_supervised_on_the_clean_path():
    model = build(cls_head=CLS_HEAD)
    inputs, samples = batch()
    losses = model(inputs, samples, mode='loss')
    stock = Recognizer3D(backbone=dict(type='ToyBackbone'), cls_head=CLS_HEAD)
    stock.load_state_dict(model.state_dict(), strict=False)
    expected = stock(inputs[:, :1].contiguous(), samples, mode='loss')
    torch.testing.assert_close(losses['loss_cls'], expected['loss_cls'])
    assert {'loss_temporal', 'loss_channel', 'loss_cls', 'top1_acc'} <= losses.keys()


def test_supervised_with_several_clips_counts_each_with_its_video_label():
    model = build(cls_head=CLS_HEAD)
    inputs, samples = batch(num_clips=2)
    scores = model.cls_head(model.backbone(inputs[:, :2].flatten(0, 1)))
    labels = torch.arange(3).repeat_interleave(2)
    expected = torch.nn.functional.cross_entropy(scores, labels)
    losses = model(inputs, samples, mode='loss')
    torch.testing.assert_close(losses['loss_cls'], expected)


def test_with_a_pretext_head():
    losses = build(pretext_head=PRETEXT)(*batch(), mode='loss')
    assert {
        'loss_temporal',
        'loss_transform_code',
        'acc_transform_code',
    } <= losses.keys()
    alone = build(pretext_head=PRETEXT, consistency_head=None)
    assert set(alone(*batch(), mode='loss')) == {
        'loss_transform_code',
        'acc_transform_code',
    }


def test_prediction_and_features_are_those_of_the_stock_class():
    model = build(cls_head=CLS_HEAD).eval()
    assert isinstance(model, Recognizer3D)
    stock = Recognizer3D(backbone=dict(type='ToyBackbone'), cls_head=CLS_HEAD).eval()
    stock.load_state_dict(model.state_dict(), strict=False)
    inputs, samples = batch(views=10)
    ours = model(inputs, copy.deepcopy(samples), mode='predict')
    theirs = stock(inputs, copy.deepcopy(samples), mode='predict')
    for a, b in zip(ours, theirs, strict=True):
        assert torch.equal(a.pred_score, b.pred_score)
    for stage in ('backbone', 'head'):
        assert torch.equal(model(inputs, stage=stage), stock(inputs, stage=stage))


def test_backbone_keys_are_those_of_a_plain_recognizer():
    ours = {key for key in build().state_dict() if key.startswith('backbone.')}
    plain = Recognizer3D(backbone=dict(type='ToyBackbone')).state_dict()
    assert ours == set(plain)


def test_tap_takes_the_named_layer():
    head = dict(HEAD, in_channels=4, temporal_size=4)
    model = build(tap='stem', consistency_head=head, cls_head=CLS_HEAD)
    inputs, samples = batch()
    maps = [model.backbone.stem(inputs[:, path]) for path in (0, 1)]
    expected = model.consistency_head.loss(*maps, [0, 1, 2])
    losses = model(inputs, samples, mode='loss')
    torch.testing.assert_close(losses['loss_temporal'], expected['loss_temporal'])


def test_tap_leaves_nothing_behind_and_survives_a_copy():
    model = build(tap='body')
    model(*batch(), mode='loss')
    assert not model.backbone.body._forward_hooks
    twin = copy.deepcopy(model)
    inputs, samples = batch()
    for p in twin.parameters():
        p.data.zero_()
    assert twin(inputs, samples, mode='loss')['loss_temporal'] == 0
    assert model(inputs, samples, mode='loss')['loss_temporal'] > 0


def test_what_the_tap_does_not_need_is_frozen_without_a_classifier():
    tapped = build(tap='stem', consistency_head=dict(HEAD, in_channels=4))
    frozen = {n for n, p in tapped.backbone.named_parameters() if not p.requires_grad}
    assert frozen == {'body.0.weight', 'body.0.bias'}
    supervised = build(tap='stem', cls_head=CLS_HEAD)
    assert all(p.requires_grad for p in supervised.parameters())


def test_stock_c3d_is_tapped_at_its_last_convolution():
    head = dict(type='STCRHead', in_channels=512, temporal_size=2)
    model = build(backbone=C3D, tap='conv5b', consistency_head=head)
    frozen = {n for n, p in model.backbone.named_parameters() if not p.requires_grad}
    assert frozen == {'fc6.weight', 'fc6.bias', 'fc7.weight', 'fc7.bias'}
    inputs = torch.rand(1, 2, 3, 16, 112, 112)
    sum(model(inputs, batch(1)[1], mode='loss').values()).backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    'options',
    [
        {},
        dict(consistency_head=dict(HEAD, loss_channel=None)),
        dict(cls_head=CLS_HEAD),
        dict(tap='stem', consistency_head=dict(HEAD, in_channels=4, temporal_size=4)),
        dict(consistency_head=None, pretext_head=PRETEXT),
    ],
    ids=['plain', 'gamma 0', 'supervised', 'tapped', 'pretext'],
)
def test_each_trained_parameter_gets_a_gradient(options):
    """Distributed training stops at the second step otherwise."""
    model = build(**options)
    losses = model(*batch(), mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    trained = {n for n, p in model.named_parameters() if p.requires_grad}
    assert trained == {n for n, p in model.named_parameters() if p.grad is not None}


def test_any_recognizer_class_gains_it_by_two_lines():
    model = HalvedSTCR(backbone=dict(type='ToyBackbone'), consistency_head=HEAD)
    inputs, samples = batch()
    stcr = build()
    stcr.load_state_dict(model.state_dict())
    expected = stcr(inputs / 2, samples, mode='loss')
    losses = model(inputs, samples, mode='loss')
    torch.testing.assert_close(losses['loss_temporal'], expected['loss_temporal'])


def test_odd_views():
    with pytest.raises(ValueError, match=r'2 \* num_clips.* \(3, 3, 3, 4, 8, 8\).*Siam'):
        build()(*batch(views=3), mode='loss')


def test_samples_without_codes():
    inputs, samples = batch()
    bare = [ActionDataSample() for _ in samples]
    with pytest.raises(ValueError, match='transform_codes=None.*PackActionInputs'):
        build()(inputs, bare, mode='loss')
    with pytest.raises(ValueError, match=r'transform_codes=\[0, 1\].* 1 clips'):
        build()(inputs, batch(codes=[[0, 1]] * 3)[1], mode='loss')


def test_unknown_tap_lists_the_valid_ones():
    with pytest.raises(ValueError, match="tap 'layer4' .* ToyBackbone; it has stem, "):
        build(tap='layer4')


def test_backbones_that_give_no_maps():
    model = build(backbone=dict(type='ToyBackbone', vector=True))
    with pytest.raises(ValueError, match='time axis'):
        model(*batch(), mode='loss')
    model = build(backbone=dict(type='ToyBackbone', tupled=True))
    with pytest.raises(ValueError, match='the backbone gives a tuple'):
        model(*batch(), mode='loss')


def test_maps_of_another_size_than_the_head():
    with pytest.raises(ValueError, match='set in_channels=8'):
        build(consistency_head=dict(HEAD, in_channels=9))(*batch(), mode='loss')
    with pytest.raises(ValueError, match='set temporal_size=2'):
        build(consistency_head=dict(HEAD, temporal_size=1))(*batch(), mode='loss')


def test_a_neck_without_a_classifier_is_refused():
    with pytest.raises(ValueError, match='neck needs a cls_head.* STCR one'):
        build(neck=dict(type=torch.nn.Identity))


def test_a_model_without_any_head_is_refused():
    with pytest.raises(ValueError, match='nothing to learn from'):
        build(consistency_head=None)


@pytest.mark.parametrize('pooling', ['mean', 'temporal'])
@pytest.mark.parametrize('views', [1, 3, 10])
def test_without_a_classifier_it_predicts_features(pooling, views):
    model = build(feature_pooling=pooling).eval()
    inputs, samples = batch(views=views)
    predicted = model(inputs, samples, mode='predict')
    for video, sample, given in zip(inputs, predicted, samples, strict=True):
        maps = torch.stack([model.backbone(view[None])[0] for view in video])
        expected = maps.mean(dim=(0, 3, 4))  # (8, 2): views and space
        expected = expected.mean(dim=1) if pooling == 'mean' else expected.flatten()
        torch.testing.assert_close(sample.video_features, expected)
        assert sample is given


def test_features_are_those_of_the_tap():
    model = build(tap='stem', consistency_head=dict(HEAD, in_channels=4)).eval()
    inputs, samples = batch(views=2)
    predicted = model(inputs, samples, mode='predict')
    maps = model.backbone.stem(inputs.flatten(0, 1))
    expected = maps.mean(dim=(2, 3, 4)).view(3, 2, 4).mean(dim=1)
    features = torch.stack([sample.video_features for sample in predicted])
    torch.testing.assert_close(features, expected)


def test_features_of_a_backbone_that_gives_no_maps():
    model = build(backbone=dict(type='ToyBackbone', vector=True))
    with pytest.raises(ValueError, match=r'maps .*got \(3, 8\): set tap'):
        model(*batch(views=1), mode='predict')


def test_unknown_feature_pooling():
    with pytest.raises(ValueError, match="feature_pooling must be one of .*'max'"):
        build(feature_pooling='max')


@pytest.mark.parametrize('channels', [2, 32, True])
def test_channels_that_the_preprocessor_does_not_have(channels):
    with pytest.raises(ValueError, match=f'in_channels={channels}, .* of 3 channels'):
        build(
            backbone=dict(type='VCOPR3D', base_channels=4, in_channels=channels),
            consistency_head=dict(HEAD, in_channels=32),
            data_preprocessor=dict(
                type='ActionDataPreprocessor',
                mean=[0.0] * 3,
                std=[255.0] * 3,
                format_shape='NCTHW',
            ),
        )


def test_the_toy_is_what_these_tests_take_it_for():
    assert ToyBackbone()(torch.rand(1, 3, 4, 8, 8)).shape == (1, 8, 2, 2, 2)
