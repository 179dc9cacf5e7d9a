"""Videos that are short, lie on their side, have deep colors or several streams."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.dataset import Compose

FILLED = dict(repeat_last=[0, 3, 6, 6, 6, 6, 6, 6], loop=[0, 3, 6, 1, 4, 7, 2, 5])


def sample(total_frames, policy, clip_len=8, frame_interval=3, start_index=0, **options):
    sampling = dict(type='SampleFrames', clip_len=clip_len, frame_interval=frame_interval)
    options = dict(num_clips=2, test_mode=True) | options
    steps = [dict(sampling, out_of_bound_opt=policy.split()[0], **options)]
    steps += [dict(type='ReflectOverrun')] * policy.endswith('reflect')
    video = dict(filename='short.mp4', total_frames=total_frames, start_index=start_index)
    return Compose(steps)(video)['frame_inds'].reshape(2, -1)


@pytest.mark.parametrize('policy', FILLED)
def test_what_mmaction2_does(policy):
    assert sample(8, policy)[0].tolist() == FILLED[policy]


def test_a_clip_goes_back_from_the_end():
    # 0 3 6 9 12 15 18 21 of frames 0 to 7, back and forth
    assert sample(8, 'repeat_last reflect')[0].tolist() == [0, 3, 6, 5, 2, 1, 4, 7]


@pytest.mark.parametrize('total_frames', [1, 2, 3, 7, 16, 20, 22, 40])
@pytest.mark.parametrize('start_index', [0, 5])
def test_it_is_a_walk_frame_by_frame(total_frames, start_index):
    found = sample(total_frames, 'repeat_last reflect', start_index=start_index)
    starts = sample(total_frames, 'repeat_last', start_index=start_index)[:, 0]
    for clip, start in zip(found, starts, strict=True):
        place, step, walked = start - start_index, 1, []
        for _ in range(8):
            walked.append(place + start_index)
            for _ in range(3):
                if not 0 <= place + step < total_frames:
                    step = -step
                place += step if total_frames > 1 else 0
        assert clip.tolist() == walked


def test_a_clip_that_fits_is_left_alone():
    kept = sample(60, 'repeat_last reflect')
    assert kept.tolist() == sample(60, 'repeat_last').tolist()


@pytest.mark.parametrize(
    ('policy', 'options'),
    [
        ('loop reflect', {}),
        ('loop reflect', dict(frame_interval=9)),
        ('repeat_last reflect', dict(temporal_jitter=True)),
    ],
)
def test_clips_that_were_made_otherwise_are_refused(policy, options):
    np.random.seed(0)
    with pytest.raises(ValueError, match="'short.mp4' are not evenly spaced"):
        sample(8, policy, **options)


@pytest.mark.parametrize(('tag', 'turns'), [(0, 0), (90, 3), (180, 2), (270, 1)])
def test_rotation_tags_are_heeded(real_data, tag, turns):
    path = str(real_data / f'odd_inputs/decord_tests/video_{tag}.mov')
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=1, test_mode=True),
        dict(type='DecordDecode'),
    ]
    results = Compose(steps)(dict(filename=path, start_index=0))
    stored = cv2.VideoCapture(path)
    stored.set(cv2.CAP_PROP_ORIENTATION_AUTO, 0)
    for _ in range(int(results['frame_inds'][0]) + 1):
        _, frame = stored.read()
    upright = np.rot90(frame[..., ::-1], turns)
    assert results['imgs'][0].shape == upright.shape
    assert np.abs(results['imgs'][0].astype(int) - upright).mean() < 2


@pytest.mark.parametrize(
    ('name', 'shape', 'gray'),
    [('ten_bit', (64, 96, 3), 90), ('two_streams', (128, 192, 3), 200)],
)
def test_deep_colours_and_several_streams(name, shape, gray):
    """H.264, frame n has 40 + 5 n gray; the second, larger stream has 200 throughout."""
    path = Path(__file__).parent / 'videos' / f'{name}.mp4'
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', clip_len=1, test_mode=True),
        dict(type='DecordDecode'),
    ]
    results = Compose(steps)(dict(filename=str(path), start_index=0))
    assert results['total_frames'] == 24
    (frame,) = results['imgs']
    assert frame.shape == shape
    assert frame.dtype == np.uint8
    expected = gray if name == 'two_streams' else 40 + 5 * results['frame_inds'][0]
    assert np.abs(frame[40:].astype(int) - expected).max() <= 3
    assert frame[:24, :24].min() >= 247
