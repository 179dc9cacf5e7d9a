"""Pretext heads in the recognizer: alone, beside consistency, and where they cannot."""

import pytest
import torch
from mmaction.structures import ActionDataSample

from .test_stcr import CLS_HEAD, build

LABELS = dict(
    ClipOrderHead=('clip_order', [0, 5, 3]),
    ClipVerificationHead=('clips_in_order', [0, 1, 1]),
    FrameVerificationHead=('frames_in_order', [[0, 1, 1], [1, 1, 0], [0, 0, 0]]),
    ArrowOfTimeHead=('transform_codes', [[0, 7, 8], [15, 9, 3], [4, 12, 1]]),
    TransformCodeHead=('transform_codes', [[0, 7, 8], [15, 9, 3], [4, 12, 1]]),
)
ORDER_HEADS = 'ClipOrderHead', 'ClipVerificationHead', 'FrameVerificationHead'
NOISE_HEADS = 'ArrowOfTimeHead', 'TransformCodeHead'


def pretext(kind):
    return dict(type=kind, in_channels=8, dropout_ratio=0)


def labeled_batch(kind, views, codes=None):
    """A batch of 3 samples of 3 clips with the label of a head."""
    key, labels = LABELS[kind]
    noted = {} if codes is None else dict(transform_codes=codes)
    samples = []
    for number, label in enumerate(labels):
        sample = ActionDataSample(metainfo={**noted, key: label})
        samples.append(sample.set_gt_label(number))
    return torch.rand(3, views, 3, 4, 8, 8), samples


@pytest.mark.parametrize('kind', LABELS)
def test_alone_one_path_is_read_by_any_head(kind):
    model = build(consistency_head=None, pretext_head=pretext(kind))
    inputs, samples = labeled_batch(kind, views=3)
    maps = model.backbone(inputs.flatten(0, 1))
    expected = model.pretext_head.loss(maps, maps, samples)
    losses = model(inputs, samples, mode='loss')
    assert losses.keys() == expected.keys()
    for name in losses:
        torch.testing.assert_close(losses[name], expected[name])


@pytest.mark.parametrize('kind', LABELS)
@pytest.mark.parametrize('combined', [False, True])
def test_with_two_paths_it_reads_its_own(kind, combined):
    options = {} if combined else dict(consistency_head=None)
    model = build(pretext_head=pretext(kind), **options)
    inputs, samples = labeled_batch(kind, views=6, codes=[0, 8, 5])
    maps = [model.backbone(path.flatten(0, 1)) for path in inputs.chunk(2, dim=1)]
    expected = model.pretext_head.loss(*maps, samples)
    losses = model(inputs, samples, mode='loss')
    for name in expected:
        torch.testing.assert_close(losses[name], expected[name])
    assert ('loss_temporal' in losses) == combined


@pytest.mark.parametrize('kind', LABELS)
@pytest.mark.parametrize(
    'options',
    [dict(consistency_head=None), {}, dict(cls_head=CLS_HEAD)],
    ids=['alone', 'combined', 'supervised'],
)
def test_each_trained_parameter_gets_a_gradient(kind, options):
    model = build(pretext_head=pretext(kind), **options)
    losses = model(*labeled_batch(kind, 6, codes=[0, 8, 5]), mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)


def test_one_path_beside_a_classifier():
    model = build(
        consistency_head=None, pretext_head=pretext('ClipOrderHead'), cls_head=CLS_HEAD
    )
    inputs, samples = labeled_batch('ClipOrderHead', views=3)
    scores = model.cls_head(model.backbone(inputs.flatten(0, 1)))
    labels = torch.arange(3).repeat_interleave(3)
    losses = model(inputs, samples, mode='loss')
    expected = torch.nn.functional.cross_entropy(scores, labels)
    torch.testing.assert_close(losses['loss_cls'], expected)
    assert 'loss_clip_order' in losses


def test_consistency_needs_two_paths():
    model = build(pretext_head=pretext('ClipOrderHead'))
    with pytest.raises(ValueError, match=r'two paths needs inputs \(N, 2 \* num_clips'):
        model(*labeled_batch('ClipOrderHead', views=3), mode='loss')


def test_views_that_are_neither_one_path_nor_two():
    model = build(consistency_head=None, pretext_head=pretext('ClipOrderHead'))
    inputs, samples = labeled_batch('ClipOrderHead', views=5, codes=[0, 1, 2])
    with pytest.raises(ValueError, match=r'\(3, 5, .* transform_codes=\[0, 1, 2\]'):
        model(inputs, samples, mode='loss')


@pytest.mark.parametrize('kind', NOISE_HEADS)
def test_with_a_target_the_noise_path_trains(kind):
    model = build(target_momentum=0.9, pretext_head=pretext(kind))
    losses = model(*labeled_batch(kind, views=6, codes=[0, 8, 5]), mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)
