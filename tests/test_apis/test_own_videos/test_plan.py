"""What is chosen for videos of one's own."""

import pytest

from stcr_mmaction.apis.own_videos.plan import (
    WHOLE,
    choose_clips,
    choose_stride,
    plan_pretraining,
)

ASKED = dict(backbone='r3d_18', recipe='contrast')


@pytest.mark.parametrize(
    ('frames', 'stride'), [(20, WHOLE), (60, 3), (1000, 4), (16, WHOLE)]
)
def test_the_stride_fits_the_shorter_videos(frames, stride):
    assert choose_stride([frames] * 9).value == stride


@pytest.mark.parametrize(
    ('frames', 'stride', 'clips'),
    [(20, WHOLE, 1), (50, 3, 1), (64, 4, 1), (96, 4, 2), (1000, 4, 4), (10, 4, 1)],
)
def test_clips_of_a_test_share_half_of_their_frames_at_most(frames, stride, clips):
    assert choose_clips([frames] * 9, stride).value == clips


def test_every_choice_has_a_reason():
    plan = plan_pretraining([50] * 40, ASKED, memory=None)
    assert all(choice.reason for choice in plan.values())


@pytest.mark.parametrize(
    ('asked', 'says'),
    [
        (dict(epochs=-1), '--epochs'),
        (dict(batch_size=1), '--batch-size'),
        (dict(lr=float('nan')), '--lr'),
        (dict(epochs=0), '--init'),
    ],
)
def test_values_out_of_range_are_refused(asked, says):
    with pytest.raises(ValueError, match=says):
        plan_pretraining([50] * 40, ASKED | asked, memory=None)


@pytest.mark.parametrize(('epochs', 'told'), [(1, ', 700 are usual'), (300, '')])
def test_a_run_that_is_shorter_than_usual_is_told(epochs, told):
    asked = ASKED | dict(epochs=epochs, size='small')
    chosen = plan_pretraining([50] * 40, asked, memory=None)['epochs']
    reason = f'as given; {2 * epochs} iterations in all{told}'
    assert (chosen.value, chosen.reason) == (epochs, reason)


def test_one_video_is_too_few():
    with pytest.raises(ValueError, match='needs 2 or more videos, there are 1'):
        plan_pretraining([50], ASKED, memory=None)
