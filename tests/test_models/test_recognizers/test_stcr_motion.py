"""The motion head in the recognizer: it reads the clean path, and that alone."""

import pytest
import torch
from mmaction.structures import ActionDataSample
from mmengine.dataset import pseudo_collate
from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch.utils.data import DataLoader

from stcr_mmaction.models import MotionHead

from .test_stcr import CLS_HEAD, build

MOTION = dict(type='MotionHead', in_channels=8, steps=(2, 2, 2))


def make_batch(views, clips=1):
    codes = dict(transform_codes=[8] * clips) if views > clips else {}
    samples = [ActionDataSample(metainfo=codes).set_gt_label(n) for n in range(3)]
    return torch.rand(3, views, 3, 4, 8, 8), samples


@pytest.mark.parametrize('clips', [1, 2])
def test_it_reads_maps_and_clips_of_the_clean_path(clips):
    model = build(motion_head=MOTION)
    inputs, samples = make_batch(2 * clips, clips)
    clean = inputs[:, :clips].flatten(0, 1)
    expected = model.motion_head.loss(model.backbone(clean), clean)
    losses = model(inputs, samples, mode='loss')
    torch.testing.assert_close(losses['loss_motion'], expected['loss_motion'])
    inputs[:, clips:] = 0
    blind = model(inputs, samples, mode='loss')
    torch.testing.assert_close(blind['loss_motion'], expected['loss_motion'])
    assert blind['loss_temporal'] != losses['loss_temporal']


def test_alone_it_does_with_one_path():
    model = build(consistency_head=None, motion_head=MOTION)
    inputs, samples = make_batch(1)
    losses = model(inputs, samples, mode='loss')
    assert set(losses) == {'loss_motion'}


def gradients(model, losses):
    total = sum(value for name, value in losses.items() if 'loss' in name)
    return torch.autograd.grad(total, list(model.backbone.parameters()))


@pytest.mark.parametrize('share', [0, 0.25, 1])
def test_motion_is_learned_first(share, monkeypatch):
    model, batch = build(motion_head=dict(MOTION, first=(0.3, 0.6))), make_batch(2)
    monkeypatch.setattr(MotionHead, 'consistency_share', share)
    losses = model(*batch, mode='loss')
    found = gradients(model, losses)
    monkeypatch.setattr(MotionHead, 'consistency_share', None)
    plain = model(*batch, mode='loss')
    assert losses.keys() - plain.keys() == {'consistency_share'}
    for name, value in plain.items():
        torch.testing.assert_close(losses[name], value)
    both = gradients(model, plain)
    motion = gradients(model, dict(loss=model(*batch, mode='loss')['loss_motion']))
    for of_found, of_both, of_motion in zip(found, both, motion, strict=True):
        expected = of_motion + share * (of_both - of_motion)
        torch.testing.assert_close(of_found, expected)


def test_contrast_begins_to_count_in_a_training(tmp_path):
    model = build(motion_head=dict(MOTION, first=(0.3, 0.6)))
    inputs, samples = make_batch(2)
    found = []

    class Recorder(Hook):
        def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None):
            found.append(float(outputs['consistency_share']))

    Runner(
        model=model,
        work_dir=str(tmp_path),
        train_dataloader=DataLoader(
            [dict(inputs=inputs[0], data_samples=samples[0])] * 10,
            collate_fn=pseudo_collate,
        ),
        train_cfg=dict(by_epoch=False, max_iters=10),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.0)),  # nothing is learned
        custom_hooks=[Recorder()],
        experiment_name=tmp_path.name,
    ).train()
    assert found == pytest.approx([0, 0, 0, 0, 1 / 3, 2 / 3, 1, 1, 1, 1])


def test_it_trains_beside_a_classifier():
    model = build(motion_head=MOTION, cls_head=CLS_HEAD)
    losses = model(*make_batch(2), mode='loss')
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_target_that_has_no_gradient_is_refused():
    with pytest.raises(ValueError, match='MotionHead reads the clean path'):
        build(motion_head=MOTION, target_momentum=0.9)


def test_another_loss_of_its_name_is_refused():
    head = dict(
        type='STCRHead',
        in_channels=8,
        temporal_size=2,
        auxiliary_losses=dict(motion=dict(type='InfoNCELoss')),
    )
    with pytest.raises(ValueError, match='another name'):
        build(consistency_head=head, motion_head=MOTION)
