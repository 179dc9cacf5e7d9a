"""The pipeline transforms on frames, and on decoded video files."""

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose

from stcr_mmaction.datasets import (
    CheckVideoLength,
    IntraVideoMixup,
    RandomClipCrop,
    RandomClipFlip,
    RandomColorMatrix,
    SiamesePaths,
    SpatialGaussianNoise,
    SpatioTemporalTransform,
    TemporalGradient,
)
from stcr_mmaction.functional import RandomNumbers, intra_video_mixup, transform_clips

META_KEYS = ('img_shape', 'transform_codes', 'mixup_weights', 'mixup_frames')


def results_of(num_clips=2, clip_len=4, height=6, width=6, as_list=True):
    shape = (num_clips * clip_len, height, width, 3)
    frames = np.random.randint(0, 256, shape, dtype=np.uint8)
    imgs = list(frames) if as_list else frames
    return dict(imgs=imgs, num_clips=num_clips, clip_len=clip_len), frames.copy()


def numbers(count):
    """Random numbers of as many samples of one clip."""
    return RandomNumbers(np.random.default_rng(0).integers(2**63, size=count), 1)


def as_clips(frames, num_clips=2):
    """(num_clips * T, H, W, C) array -> (num_clips, C, T, H, W) tensor."""
    clips = torch.from_numpy(np.asarray(frames)).unflatten(0, (num_clips, -1))
    return clips.permute(0, 4, 1, 2, 3)


@pytest.mark.parametrize('as_list', [True, False])
@pytest.mark.parametrize('seed', range(5))
def test_transform_can_be_replayed_from_what_was_noted(as_list, seed):
    results, frames = results_of(as_list=as_list)
    np.random.seed(seed)
    moved = SpatioTemporalTransform()(results)
    expected = transform_clips(as_clips(frames), moved['transform_codes'])
    assert moved['imgs'].dtype == np.uint8
    assert torch.equal(as_clips(moved['imgs']), expected)


def test_every_code_is_drawn_about_equally_often():
    codes = SpatioTemporalTransform().draw(numbers(16000), (3, 4, 6, 6))['codes']
    counts = np.bincount(codes, minlength=16)
    assert len(counts) == 16
    assert np.all(np.abs(counts - 1000) < 5 * np.sqrt(1000))


def test_only_the_codes_that_were_asked_for():
    transform = SpatioTemporalTransform(codes=[3, 8])
    codes = transform.draw(numbers(100), (3, 4, 6, 6))['codes']
    assert set(codes.tolist()) == {3, 8}


@pytest.mark.parametrize('as_list', [True, False])
def test_mixup_can_be_replayed_from_what_was_noted(as_list):
    results, frames = results_of(as_list=as_list)
    mixed = IntraVideoMixup()(results)
    expected = intra_video_mixup(
        as_clips(frames),
        torch.tensor(mixed['mixup_frames']),
        torch.tensor(mixed['mixup_weights']),
    )
    assert mixed['imgs'].dtype == np.uint8
    assert torch.equal(as_clips(mixed['imgs']), expected)


def test_mixup_draws_a_beta_weight_and_any_frame_for_each_clip():
    drawn = IntraVideoMixup(alpha=2.0).draw(numbers(20000), (3, 5, 6, 6))
    frames, weights = drawn['frames'], drawn['weights']
    assert set(frames.tolist()) == set(range(5))
    assert weights.mean().item() == pytest.approx(0.5, abs=0.01)
    assert weights.var().item() == pytest.approx(1 / 20, abs=0.003)  # Beta(2, 2)


def test_gaussian_noise_is_one_image_a_clip():
    results = dict(imgs=np.full((8, 16, 16, 3), 128, np.uint8), num_clips=2)
    noise = SpatialGaussianNoise(std=10)(results)['imgs'].astype(int) - 128
    clips = noise.reshape(2, 4, 16, 16, 3)
    assert (clips == clips[:, :1]).all()
    assert not (clips[0] == clips[1]).all()
    assert clips.std() == pytest.approx(10, rel=0.1)


def test_one_color_matrix_serves_all_frames_of_a_clip():
    still = np.random.randint(0, 256, (2, 1, 5, 5, 3), dtype=np.uint8)
    results = dict(imgs=still.repeat(4, axis=1).reshape(8, 5, 5, 3), num_clips=2)
    mixed = RandomColorMatrix(prob=1.0)(results)['imgs'].reshape(2, 4, 5, 5, 3)
    assert (mixed == mixed[:, :1]).all()
    assert not (mixed == still).all()


@pytest.mark.parametrize('make', [RandomColorMatrix, TemporalGradient])
@pytest.mark.parametrize('prob', [0.0, 0.3, 1.0])
def test_clips_are_changed_with_the_probability_asked_for(make, prob):
    results, _ = results_of(num_clips=200, height=2, width=2, as_list=False)
    changed = make(prob=prob)(results)['imgs'] != results['imgs']
    share = changed.reshape(200, -1).any(axis=1).mean()
    assert share == pytest.approx(prob, abs=0.12 if 0 < prob < 1 else 0)


def test_a_still_clip_has_no_temporal_gradient():
    results = dict(imgs=np.full((8, 4, 4, 3), 77, np.uint8), num_clips=2)
    assert (TemporalGradient()(results)['imgs'] == 128).all()


@pytest.mark.parametrize(
    'transform',
    [
        SpatioTemporalTransform(),
        IntraVideoMixup(),
        SpatialGaussianNoise(),
        RandomColorMatrix(),
        TemporalGradient(prob=0.5),
    ],
    ids=repr,
)
@pytest.mark.parametrize('as_list', [True, False])
def test_frames_of_the_caller_are_left_alone_and_draws_follow_the_seed(
    transform, as_list
):
    results, frames = results_of(as_list=as_list)
    np.random.seed(7)
    first = transform(results)['imgs']
    np.testing.assert_array_equal(np.asarray(results['imgs']), frames)
    np.random.seed(7)
    np.testing.assert_array_equal(transform(results)['imgs'], first)


def test_paths_are_clean_clips_then_noise_clips():
    results, frames = results_of()
    paths = SiamesePaths(clean=[], noise=[SpatioTemporalTransform(), IntraVideoMixup()])
    joined = paths(results)
    clean, noise = np.split(joined['imgs'], 2)
    np.testing.assert_array_equal(clean, frames)
    expected = intra_video_mixup(
        transform_clips(as_clips(frames), joined['transform_codes']),
        torch.tensor(joined['mixup_frames']),
        torch.tensor(joined['mixup_weights']),
    )
    assert torch.equal(as_clips(noise), expected)


@pytest.mark.parametrize('kind', ['RandomCrop', 'RandomClipCrop'])
def test_paths_crop_the_same_frames_at_different_places(kind):
    height, width, crop = 40, 60, 8
    rows, columns = np.mgrid[:height, :width].astype(np.uint8)
    frames = [np.dstack([rows, columns, np.full_like(rows, t)]) for t in range(4)]
    crops = [dict(type=kind, size=crop)]
    places, offset = set(), []
    for _ in range(20):
        results = dict(imgs=frames, num_clips=1, clip_len=4, img_shape=(height, width))
        imgs = SiamesePaths(clean=crops, noise=crops)(results)['imgs']
        assert imgs.shape == (8, crop, crop, 3)
        assert imgs[:, 0, 0, 2].tolist() == [0, 1, 2, 3] * 2  # the same frames
        corners = imgs[:, 0, 0, :2].reshape(2, 4, 2)
        assert (corners == corners[:, :1]).all()  # one crop for a whole clip
        places.add(tuple(corners[:, 0].flatten().tolist()))
        offset.append(tuple(corners[0, 0]) != tuple(corners[1, 0]))
    assert len(places) > 10
    assert sum(offset) > 10


def test_a_shared_flip_is_the_same_in_both_paths():
    flipped = []
    for _ in range(20):
        results, frames = results_of()
        both = SiamesePaths([], [], shared=[RandomClipFlip()])(results)['imgs']
        clean, noise = np.split(both, 2)
        np.testing.assert_array_equal(clean, noise)
        flipped.append((clean == frames[:, :, ::-1]).all())
        assert flipped[-1] or (clean == frames).all()
    assert 2 < sum(flipped) < 18


def test_clips_of_a_sample_are_cropped_alike_unless_each_is_for_itself():
    still = np.dstack(np.mgrid[:40, :60, :1])[..., :3].astype(np.uint8)
    for per_clip in (False, True):
        results = dict(imgs=[still] * 6, num_clips=3)
        imgs = RandomClipCrop(8, per_clip=per_clip)(results)['imgs']
        corners = {tuple(clip[0, 0, 0]) for clip in imgs.reshape(3, 2, 8, 8, -1)}
        assert len(corners) == (3 if per_clip else 1)


@pytest.mark.parametrize(
    'steps',
    [
        [SpatioTemporalTransform(), SiamesePaths([], [])],
        [SpatioTemporalTransform(), SiamesePaths([], [SpatioTemporalTransform()])],
        [SiamesePaths([], []), SpatioTemporalTransform()],
        [SpatioTemporalTransform(), SpatioTemporalTransform()],
        [SiamesePaths([], [SpatioTemporalTransform(), dict, SpatioTemporalTransform()])],
        [SiamesePaths([], []), SiamesePaths([], [])],
    ],
    ids=['before', 'before too', 'behind', 'twice', 'twice on a path', 'paths of paths'],
)
def test_codes_that_would_not_be_those_of_the_clips_are_refused(steps):
    results, _ = results_of()
    with pytest.raises(ValueError, match='transform_codes=.* already.* use .* once'):
        Compose(steps)(results)


def test_paths_without_a_transformation_note_code_0():
    results, _ = results_of()
    assert SiamesePaths(clean=[], noise=[])(results)['transform_codes'] == [0, 0]


def test_a_transform_that_works_in_place_does_not_reach_the_other_path():
    results, frames = results_of()
    results['modality'] = 'RGB'
    flip = [dict(type='Flip', flip_ratio=1.0)]
    clean, noise = np.split(SiamesePaths(clean=[], noise=flip)(results)['imgs'], 2)
    np.testing.assert_array_equal(clean, frames)
    np.testing.assert_array_equal(noise, frames[:, :, ::-1])
    results, frames = results_of()
    results['modality'] = 'RGB'
    clean, noise = np.split(SiamesePaths(clean=flip, noise=[])(results)['imgs'], 2)
    np.testing.assert_array_equal(clean, frames[:, :, ::-1])
    np.testing.assert_array_equal(noise, frames)


def pipeline(*front, num_clips=1, clip_len=8, frame_interval=2):
    crop = dict(type='RandomCrop', size=32)
    noise = [crop, dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
    sample = dict(clip_len=clip_len, frame_interval=frame_interval, num_clips=num_clips)
    steps = [
        dict(type='DecordInit'),
        dict(type='SampleFrames', **sample),
        *front,
        dict(type='DecordDecode'),
        dict(type='SiamesePaths', clean=[crop], noise=noise),
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs', meta_keys=META_KEYS),
    ]
    return Compose([TRANSFORMS.build(step) for step in steps])


def run(pipe, video):
    return pipe(dict(filename=str(video), label=0, modality='RGB', start_index=0))


@pytest.mark.parametrize('num_clips', [1, 3])
def test_a_video_file_becomes_views_with_what_was_drawn(video, num_clips):
    sample = run(pipeline(num_clips=num_clips), video)
    assert sample['inputs'].shape == (2 * num_clips, 3, 8, 32, 32)
    assert sample['inputs'].dtype == torch.uint8
    metainfo = sample['data_samples'].metainfo
    assert set(metainfo) == set(META_KEYS)
    for key in META_KEYS[1:]:
        assert len(metainfo[key]) == num_clips


def test_videos_that_are_too_short(make_video, tmp_path):
    video = make_video(tmp_path / 'short.mp4', num_frames=15)
    with pytest.raises(ValueError, match=r'short\.mp4.* has 15 frames.* 16 needed'):
        run(pipeline(dict(type='CheckVideoLength')), video)
    allowed = pipeline(dict(type='CheckVideoLength', min_frames=15))
    assert run(allowed, video)['inputs'].shape == (2, 3, 8, 32, 32)


def test_one_frame_video(make_video, tmp_path):
    video = make_video(tmp_path / 'one.mp4', num_frames=1)
    with pytest.raises(ValueError, match=r'one\.mp4.* has 1 frames.* 2 needed'):
        run(pipeline(dict(type='CheckVideoLength', min_frames=2)), video)


def test_frames_that_are_not_square():
    results, _ = results_of(height=6, width=8)
    for _ in range(8):  # whatever is drawn
        with pytest.raises(ValueError, match='6 high and 8 wide: crop to a square'):
            SpatioTemporalTransform()(results)
    codes = [0, 2, 4, 6, 8, 10, 12, 14]
    moved = SpatioTemporalTransform(codes=codes)(results)
    assert moved['imgs'].shape == (8, 6, 8, 3)


def test_paths_of_different_shapes():
    results, _ = results_of()
    results['img_shape'] = (6, 6)
    paths = SiamesePaths(clean=[dict(type='CenterCrop', crop_size=4)], noise=[])
    with pytest.raises(ValueError, match=r'one shape, got 8 x \(4, 4, 3\)'):
        paths(results)


@pytest.mark.parametrize(
    ('build', 'message'),
    [
        (lambda: IntraVideoMixup(alpha=0), 'alpha must be above 0, got 0'),
        (lambda: IntraVideoMixup(alpha=-1.0), 'alpha must be above 0, got -1.0'),
        (lambda: RandomColorMatrix(prob=1.1), 'prob must be between 0 and 1'),
        (lambda: RandomColorMatrix(std=0), 'std must be above 0'),
        (lambda: TemporalGradient(gain=0), 'gain must be above 0'),
        (lambda: SpatialGaussianNoise(std=0), 'std must be above 0'),
        (lambda: SpatioTemporalTransform(codes=[]), 'at least one'),
        (lambda: SpatioTemporalTransform(codes=[3, 16]), 'unknown .* code 16'),
        (lambda: CheckVideoLength(min_frames=0), 'min_frames must be 1 or more'),
        (
            lambda: SiamesePaths([dict(type='SpatioTemporalTransform')], []),
            'belongs to the noise path',
        ),
        (
            lambda: SiamesePaths([], [], shared=[SpatioTemporalTransform()]),
            'belongs to the noise path',
        ),
        (
            lambda: SiamesePaths([], [dict(type='VideoMixup')]),
            'VideoMixup needs another video.* SiameseBlending in the data_preprocessor',
        ),
        (lambda: IntraVideoMixup(max_weight=1.1), 'max_weight must be above 0, to 1'),
        (lambda: RandomClipCrop(size=0), 'size must be above 0'),
        (lambda: RandomClipFlip(prob=2), 'prob must be between 0 and 1'),
    ],
)
def test_bad_options_are_refused_when_built(build, message):
    with pytest.raises(ValueError, match=message):
        build()
