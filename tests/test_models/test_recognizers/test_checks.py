"""Recognizers that could not learn are refused."""

import pytest
import torch
from mmaction.models import (
    MMRecognizer3D,
    Recognizer3D,
    RecognizerAudio,
    RecognizerGCN,
    RecognizerOmni,
)
from mmaction.registry import MODELS

from stcr_mmaction.models import ConsistencyMixin

from .test_stcr import HEAD, build
from .test_stcr_2d import configure
from .test_stcr_pretext import LABELS, NOISE_HEADS, ORDER_HEADS, labeled_batch, pretext


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(clip_shape=(8, 32, 32)), 'cannot have a clip_shape here: give the heads'),
        (dict(neck=dict(type=torch.nn.Identity)), 'cannot have a neck here'),
        (dict(tap='layer3', cls_head=None), 'cannot have a tap here: without a cls_head'),
        (
            dict(
                consistency_head=None,
                pretext_head=dict(type='TransformCodeHead', in_channels=512),
            ),
            'cannot have a pretext_head here',
        ),
    ],
)
def test_what_a_recognizer_of_images_cannot_have(options, message):
    with pytest.raises(ValueError, match=message):
        MODELS.build({**configure().model, **options})


@pytest.mark.parametrize(
    ('base', 'reason'),
    [
        (MMRecognizer3D, 'dict of modalities'),
        (RecognizerAudio, 'spectrograms'),
        (RecognizerGCN, 'skeletons'),
        (RecognizerOmni, 'BaseRecognizer'),
    ],
)
def test_classes_of_other_inputs_are_refused(base, reason):
    kind = type('Theirs', (ConsistencyMixin, base), {})
    with pytest.raises(TypeError, match=f'Theirs cannot be .*{reason}.*Recognizer2D'):
        kind(backbone=dict(type='ToyBackbone'))


def test_the_order_of_the_base_classes_matters():
    class Backwards(Recognizer3D, ConsistencyMixin):
        pass

    with pytest.raises(TypeError, match='consistency_head'):
        Backwards(backbone=dict(type='ToyBackbone'), consistency_head=HEAD)


PREPROCESSOR = dict(type='ActionDataPreprocessor', format_shape='NCTHW')


@pytest.mark.parametrize('kind', ORDER_HEADS)
def test_temporal_flips_in_the_one_path_invert_an_order(kind):
    model = build(consistency_head=None, pretext_head=pretext(kind))
    with pytest.raises(ValueError, match='temporal flips .* invert: put'):
        model(*labeled_batch(kind, views=3, codes=[0, 8, 5]), mode='loss')
    model(*labeled_batch(kind, views=3, codes=[0, 7, 5]), mode='loss')
    model(*labeled_batch(kind, views=6, codes=[0, 8, 5]), mode='loss')


@pytest.mark.parametrize('kind', ORDER_HEADS)
def test_the_target_has_no_gradient_for_a_head_of_the_clean_path(kind):
    with pytest.raises(ValueError, match='without gradient'):
        build(target_momentum=0.9, pretext_head=pretext(kind))


def blend(kind):
    return dict(type='SiameseBlending', clean=[], noise=[dict(type=kind)])


@pytest.mark.parametrize('blending', ['VideoMixup', 'VideoCutMix'])
@pytest.mark.parametrize('kind', NOISE_HEADS)
def test_a_blend_of_two_videos_has_two_labels(kind, blending):
    preprocessor = dict(PREPROCESSOR, blending=blend(blending))
    with pytest.raises(ValueError, match='SiameseBlending blends clips of two'):
        build(pretext_head=pretext(kind), data_preprocessor=preprocessor)


@pytest.mark.parametrize(
    ('kind', 'blending'),
    [('ClipOrderHead', 'VideoMixup'), ('ArrowOfTimeHead', 'InterVideoMixup')],
)
def test_a_blend_that_leaves_the_label_true_is_allowed(kind, blending):
    preprocessor = dict(PREPROCESSOR, blending=blend(blending))
    build(pretext_head=pretext(kind), data_preprocessor=preprocessor)


@pytest.mark.parametrize('kind', LABELS)
def test_an_auxiliary_loss_may_not_take_the_name(kind):
    task = MODELS.build(pretext(kind)).task
    head = dict(HEAD, auxiliary_losses={task: dict(type='VarianceCovarianceLoss')})
    with pytest.raises(ValueError, match=f'loss_{task} is that of {kind}'):
        build(consistency_head=head, pretext_head=pretext(kind))
