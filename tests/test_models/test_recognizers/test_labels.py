"""Classification on the labeled clips of a batch, beside others without a label."""

import pytest
import torch
from mmaction.models import Recognizer3D
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample

from stcr_mmaction.models.recognizers.labels import have_labels, take_clips

from .test_stcr import CLS_HEAD, batch, build

LABELS = [2, -1, 0, -1, -1]
SMOOTH = dict(CLS_HEAD, label_smooth_eps=0.1)


class Shift(torch.nn.Module):
    """A neck with a parameter and a loss of its own."""

    def __init__(self):
        super().__init__()
        self.by = torch.nn.Parameter(torch.tensor(0.5))

    def forward(self, feats, data_samples=None):
        """Return the features, and a loss that needs valid labels."""
        labels = torch.cat([sample.gt_label for sample in data_samples])
        assert (labels >= 0).all()
        return feats + self.by, dict(loss_aux=(self.by * labels).mean())


MODELS.register_module(module=Shift, force=True)


def mixed_batch(labels, num_clips=1, noted=False):
    inputs, samples = batch(len(labels), num_clips=num_clips)
    for sample, label in zip(samples, labels, strict=True):
        sample.set_gt_label(label)
        if noted:
            sample.set_metainfo(dict(labeled=label != -1))
    return inputs, samples


def gradients(model, losses):
    model.zero_grad(set_to_none=True)
    sum(value for name, value in losses.items() if 'loss' in name).backward()
    return {name: p.grad for name, p in model.named_parameters()}


@pytest.mark.parametrize('noted', [False, True])
@pytest.mark.parametrize('num_clips', [1, 2])
@pytest.mark.parametrize('head', [CLS_HEAD, SMOOTH], ids=['plain', 'smooth'])
def test_losses_and_gradients_are_those_of_the_labeled_clips_alone(
    head, num_clips, noted
):
    model = build(consistency_head=None, cls_head=head)
    inputs, samples = mixed_batch(LABELS, num_clips, noted)
    losses = model(inputs, samples, mode='loss')
    found = gradients(model, losses)
    rows = [row for row, label in enumerate(LABELS) if label != -1]
    labeled = [samples[row] for row in rows for _ in range(num_clips)]
    stock = Recognizer3D(backbone=dict(type='ToyBackbone'), cls_head=head)
    stock.load_state_dict(model.state_dict())
    clean = inputs[rows, :num_clips].flatten(0, 1)[:, None].contiguous()
    expected = stock(clean, labeled, mode='loss')
    assert losses.keys() == expected.keys()
    for name in losses:
        torch.testing.assert_close(losses[name], expected[name], check_dtype=False)
    torch.testing.assert_close(found, gradients(stock, expected))


def test_consistency_is_that_of_all_clips():
    inputs, samples = mixed_batch(LABELS)
    supervised, alone = build(cls_head=CLS_HEAD), build()
    alone.load_state_dict(supervised.state_dict(), strict=False)
    losses = supervised(inputs, samples, mode='loss')
    for name, value in alone(inputs, samples, mode='loss').items():
        torch.testing.assert_close(losses[name], value)


@pytest.mark.parametrize('noted', [False, True])
def test_without_any_label_the_loss_is_zero_and_touches_each_parameter(noted):
    """Distributed training waits for the parameters that another process has used."""
    options = dict(cls_head=CLS_HEAD, neck=dict(type='Shift'), consistency_head=None)
    model = build(**options)
    losses = model(*mixed_batch([-1, -1, -1], noted=noted), mode='loss')
    assert {name: value.item() for name, value in losses.items()} == dict(
        loss_cls=0, loss_aux=0
    )
    for gradient in gradients(model, losses).values():
        assert torch.equal(gradient, torch.zeros_like(gradient))


def test_a_step_goes_on_with_consistency_where_no_clip_has_a_label():
    model = build(cls_head=CLS_HEAD)
    inputs, samples = mixed_batch([-1, -1])
    losses = model(inputs, samples, mode='loss')
    assert set(losses) == {'loss_temporal', 'loss_channel', 'loss_cls'}
    assert all(gradient is not None for gradient in gradients(model, losses).values())


def test_no_label_is_read_where_the_data_set_has_noted_them():
    class Unread(ActionDataSample):
        @property
        def gt_label(self):
            raise AssertionError('on a device, this would be waited for')

    samples = [Unread(metainfo=dict(labeled=n == 1)) for n in range(3)]
    assert have_labels(samples) == [False, True, False]


def test_soft_labels_are_labels():
    soft = ActionDataSample().set_gt_label(torch.tensor([0.0, 0.3, 0.7]))
    none = ActionDataSample().set_gt_label(torch.full((3,), -1.0))
    assert have_labels([soft, none]) == [True, False]


def test_each_pathway_and_all_images_of_a_clip_are_taken():
    feats = torch.arange(12).view(6, 2)  # 3 clips of 2 images
    taken = take_clips((feats, feats[::2]), [0, 2], 3)
    assert taken[0].tolist() == [[0, 1], [2, 3], [8, 9], [10, 11]]
    assert taken[1].tolist() == [[0, 1], [8, 9]]
