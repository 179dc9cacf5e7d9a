"""Sampling and shuffling of clips and frames, on indices and on decoded video files."""

import itertools

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from stcr_mmaction.datasets import (
    CheckedVideoDataset,
    PerClip,
    SampleClipTuple,
    ShuffleClips,
    ShuffleFrames,
    SiamesePaths,
)

ORDERS = list(itertools.permutations(range(3)))
MANY = 3000


def sampled(num_clips=3, clip_len=4):
    """Clips whose frames are numbered through."""
    indices = np.arange(num_clips * clip_len)
    return dict(frame_inds=indices, num_clips=num_clips, clip_len=clip_len)


def as_clips(results):
    return results['frame_inds'].reshape(results['num_clips'], -1)


def is_share(count, prob, of=MANY):
    """Within five standard deviations."""
    return abs(count - prob * of) < 5 * np.sqrt(prob * (1 - prob) * of)


@pytest.mark.parametrize(
    ('options', 'length'),
    [
        (dict(clip_len=16), 64),
        (dict(clip_len=8, clip_gap=4), 32),
        (dict(clip_len=5, frame_interval=3, num_clips=2, clip_gap=0), 26),
        (dict(clip_len=1, num_clips=3, clip_gap=2), 7),
    ],
)
@pytest.mark.parametrize('spare', [0, 3])
def test_tuples_have_the_gap_and_every_start_is_drawn(options, length, spare):
    sample = SampleClipTuple(**options)
    starts = set()
    for _ in range(60):
        results = sample(dict(total_frames=length + spare, start_index=0))
        clips = as_clips(results)
        assert (np.diff(clips, axis=1) == options.get('frame_interval', 1)).all()
        gaps = clips[1:, 0] - clips[:-1, -1] - 1
        assert (gaps == options.get('clip_gap', 8)).all()
        starts.add(int(clips[0, 0]))
        assert clips[-1, -1] - clips[0, 0] == length - 1
    assert starts == set(range(spare + 1))
    assert results['clip_len'] == options['clip_len']


def test_the_test_takes_the_middle_and_indices_may_start_at_one():
    sample = SampleClipTuple(clip_len=16, test_mode=True)
    results = sample(dict(total_frames=74, start_index=1))
    assert (results['frame_inds'][0], results['frame_inds'][-1]) == (6, 69)


def test_videos_that_are_too_short_are_refused_or_skipped():
    video = dict(filename='a.mp4', total_frames=63, start_index=0)
    with pytest.raises(ValueError, match=r"'a\.mp4' has 63 frames, fewer than the 64"):
        SampleClipTuple(clip_len=16)(video)
    assert SampleClipTuple(clip_len=16, too_short='skip')(video) is None


def test_a_data_set_draws_another_video_for_one_that_is_skipped(make_video, tmp_path):
    for name, num_frames in (('short', 10), ('long', 40)):
        make_video(tmp_path / f'{name}.mp4', num_frames=num_frames)
    (tmp_path / 'list.txt').write_text('short.mp4\nlong.mp4\n')
    dataset = CheckedVideoDataset(
        ann_file=str(tmp_path / 'list.txt'),
        data_prefix=dict(video=str(tmp_path)),
        pipeline=[
            dict(type='DecordInit'),
            dict(type='SampleClipTuple', clip_len=8, clip_gap=4, too_short='skip'),
            dict(type='DecordDecode'),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs'),
        ],
    )
    assert dataset[0]['inputs'].shape == (3, 3, 8, 48, 64)


def test_the_order_can_be_replayed_from_its_label():
    seen = np.zeros(6, int)
    for _ in range(MANY):
        shuffled = ShuffleClips()(sampled())
        label = shuffled['clip_order']
        straight = as_clips(sampled())
        assert (as_clips(shuffled) == straight[list(ORDERS[label])]).all()
        seen[label] += 1
    assert all(is_share(count, 1 / 6) for count in seen)


@pytest.mark.parametrize('prob', [0.25, 0.6])
def test_verification_says_whether_clips_are_in_order(prob):
    shuffle = ShuffleClips(task='verification', in_order_prob=prob)
    straight, orders = 0, set()
    for _ in range(MANY):
        shuffled = shuffle(sampled())
        order = tuple(as_clips(shuffled)[:, 0] // 4)
        assert shuffled['clips_in_order'] == (order == (0, 1, 2))
        straight += shuffled['clips_in_order']
        orders.add(order)
    assert is_share(straight, prob)
    assert orders == set(ORDERS)


def test_single_frames_backwards_are_in_order():
    """A tuple of single frames has no direction: Shuffle & Learn's positives."""
    shuffle = ShuffleClips(task='verification', in_order_prob=0.5)
    seen = {0: set(), 1: set()}
    for _ in range(200):
        shuffled = shuffle(sampled(clip_len=1))
        seen[shuffled['clips_in_order']].add(tuple(shuffled['frame_inds'].tolist()))
    assert seen[1] == {(0, 1, 2), (2, 1, 0)}
    assert seen[0] == set(ORDERS) - seen[1]


@pytest.mark.parametrize('num_parts', [2, 3, 4])
def test_frames_are_shuffled_by_parts_within_each_clip(num_parts):
    shuffle = ShuffleFrames(num_parts=num_parts, in_order_prob=0.3)
    straight = 0
    for _ in range(MANY // 3):
        shuffled = shuffle(sampled(num_clips=3, clip_len=8))
        clips = zip(as_clips(sampled(3, 8)), as_clips(shuffled), strict=True)
        for (clip, drawn), label in zip(clips, shuffled['frames_in_order'], strict=True):
            assert sorted(drawn) == clip.tolist()
            assert label == (drawn == clip).all()
            cuts = set(np.flatnonzero(np.diff(drawn) != 1))
            assert len(cuts) < num_parts  # within the parts it runs on
            straight += label
    assert is_share(straight, 0.3)


def test_a_clip_shuffled_frame_by_frame_is_never_wrong_for_being_backwards():
    shuffle = ShuffleFrames(num_parts=3, in_order_prob=0.5)
    seen = {0: set(), 1: set()}
    for _ in range(200):
        shuffled = shuffle(sampled(num_clips=1, clip_len=3))
        seen[shuffled['frames_in_order'][0]].add(tuple(shuffled['frame_inds'].tolist()))
    assert seen[1] == {(0, 1, 2), (2, 1, 0)}
    assert seen[0] == set(ORDERS) - seen[1]


@pytest.mark.parametrize(
    'shuffle', [ShuffleClips(), ShuffleClips('verification'), ShuffleFrames()], ids=repr
)
def test_draws_follow_the_seed_and_leave_the_caller_alone(shuffle):
    results = sampled()
    np.random.seed(3)
    first = shuffle(results)
    assert set(results) == set(sampled())
    assert (results['frame_inds'] == sampled()['frame_inds']).all()
    np.random.seed(3)
    again = shuffle(results)
    assert (first['frame_inds'] == again['frame_inds']).all()
    (key,) = shuffle.labels
    labels = first[key] if isinstance(first[key], list) else [first[key]]
    assert set(labels) <= set(shuffle.labels[key])


def pipeline(*shuffle):
    crop = dict(type='PerClip', transforms=[dict(type='RandomCrop', size=40)])
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleClipTuple', clip_len=8, clip_gap=4),
        *shuffle,
        dict(type='DecordDecode'),
        dict(type='SiamesePaths', clean=[crop], noise=[crop]),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs', meta_keys=('clip_order', 'transform_codes')),
    ]
    return Compose([TRANSFORMS.build(step) for step in steps])


def test_both_paths_of_a_video_file_share_the_order(video):
    pipe = pipeline(dict(type='ShuffleClips'))
    seen = set()
    for _ in range(10):
        packed = pipe(dict(filename=str(video), label=0, modality='RGB', start_index=0))
        frames = packed['inputs'][:, 0].amin(dim=(2, 3)).int()  # (6, 8), brightness
        assert packed['inputs'].shape == (6, 3, 8, 40, 40)
        starts = frames[:, 0].tolist()
        order = [sorted(starts[:3]).index(start) for start in starts[:3]]
        label = packed['data_samples'].metainfo['clip_order']
        assert tuple(order) == ORDERS[label]
        assert (frames[:3] - frames[3:]).abs().max() <= 3  # compression
        assert (frames.diff(dim=1) > 0).all()  # each clip runs forwards
        seen.add(label)
    assert len(seen) > 2


def test_each_clip_is_cropped_at_a_place_of_its_own():
    rows, columns = np.mgrid[:40, :60].astype(np.uint8)
    frames = [np.dstack([rows, columns, np.full_like(rows, t)]) for t in range(12)]
    results = dict(imgs=frames, num_clips=3, clip_len=4, img_shape=(40, 60))
    cropped = PerClip([dict(type='RandomCrop', size=8)])(results)
    imgs = np.reshape(cropped['imgs'], (3, 4, 8, 8, 3))
    corners = imgs[:, :, 0, 0, :2]
    assert (corners == corners[:, :1]).all()
    assert len({tuple(corner) for corner in corners[:, 0]}) == 3
    assert imgs[..., 2].reshape(12, -1)[:, 0].tolist() == list(range(12))
    assert cropped['num_clips'] == 3
    assert cropped['img_shape'] == (8, 8)


@pytest.mark.parametrize(
    ('shuffle', 'results', 'message'),
    [
        (ShuffleClips(), sampled(num_clips=2), r'3 clips that start .* \[0, 4\]'),
        (
            ShuffleClips(),
            dict(frame_inds=np.zeros(12, int), num_clips=3),
            r'start at frames \[0, 0, 0\]: sample them by SampleClipTuple',
        ),
        (ShuffleClips(), {**sampled(), 'imgs': []}, 'the decoding, so that both paths'),
        (ShuffleFrames(), dict(num_clips=3), 'between SampleFrames'),
        (ShuffleClips(), {**sampled(), 'clip_order': 0}, "'clip_order' was drawn"),
        (ShuffleFrames(num_parts=5), sampled(), '5 parts, but they have 4 frames'),
        (
            ShuffleClips('verification', 2, 0.01),
            sampled(num_clips=2, clip_len=1),
            'two single frames are in order',
        ),
    ],
)
def test_samples_that_cannot_be_shuffled(shuffle, results, message):
    with pytest.raises(ValueError, match=message):
        shuffle(results)


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: SampleClipTuple(clip_len=0), 'clip_len, .* got 0, 1, 3 and 8'),
        (lambda: SampleClipTuple(clip_len=8, clip_gap=-1), 'got 8, 1, 3 and -1'),
        (lambda: SampleClipTuple(clip_len=8, too_short='loop'), 'too_short must be one'),
        (lambda: ShuffleClips(task='orders'), "task must be one of .*'orders'"),
        (lambda: ShuffleClips(num_clips=1), 'num_clips must be 2 or more, got 1'),
        (lambda: ShuffleClips(in_order_prob=1), 'in_order_prob must be between 0 and 1'),
        (lambda: ShuffleFrames(num_parts=1), 'num_parts must be 2 or more, got 1'),
        (lambda: ShuffleFrames(in_order_prob=0), 'in_order_prob must be between'),
        (lambda: PerClip([dict(type='IntraVideoMixup')]), 'take them out of PerClip'),
        (lambda: SiamesePaths([], [ShuffleClips()]), 'belong before the decoding'),
        (lambda: SiamesePaths([ShuffleFrames()], []), 'belong before the decoding'),
    ],
)
def test_bad_options_are_refused_when_built(build, message):
    with pytest.raises(ValueError, match=message):
        build()
