"""Pipelines of stock configs, read and rewritten."""

import numpy as np
import pytest
from mmcv.transforms import Compose

from stcr_mmaction.apis.pipelines import (
    as_training,
    plain_pipeline,
    read_clip_shape,
    siamese_pipeline,
)

READ = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=8, frame_interval=1, num_clips=1),
    dict(type='DecordDecode'),
]
PACK = [dict(type='FormatShape', input_format='NCTHW'), dict(type='PackActionInputs')]
RESIZE = dict(type='Resize', scale=(40, 24), keep_ratio=False)
CROP = dict(type='RandomCrop', size=16)
FLIP = dict(type='Flip', flip_ratio=0.5)
NOISE = [dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]


def types(steps):
    return [step['type'] for step in steps]


def test_paths_take_the_place_of_the_crops_and_share_the_flip():
    erase = dict(type='RandomErasing')
    stock = [*READ, RESIZE, CROP, FLIP, erase, *PACK]
    made = siamese_pipeline(stock, [], NOISE)
    assert made[:5] == [*READ, RESIZE, FLIP]
    assert made[5] == dict(
        type='SiamesePaths', clean=[CROP, erase], noise=[CROP, erase, *NOISE]
    )
    assert types(made[6:]) == types(PACK)
    assert 'meta_keys' not in stock[-1]


def test_meta_keys_stay_those_of_the_stock_pipeline():
    keys = siamese_pipeline([*READ, CROP, *PACK], [], NOISE)[-1]['meta_keys']
    assert keys == ('img_shape', 'img_key', 'video_id', 'timestamp', 'transform_codes')
    packed = dict(type='PackActionInputs', meta_keys=('label',))
    made = siamese_pipeline([*READ, CROP, PACK[0], packed], [], NOISE)
    assert made[-1]['meta_keys'] == ('label', 'transform_codes')


def test_without_a_crop_the_paths_are_made_before_they_are_formatted():
    made = siamese_pipeline([*READ, FLIP, RESIZE, *PACK], [], NOISE)
    assert types(made)[3:] == ['Flip', 'Resize', 'SiamesePaths', *types(PACK)]


def test_what_is_made_runs_and_the_paths_see_one_flip(video):
    """The corner that tells left from right is on one side in both paths."""
    whole = dict(type='Resize', scale=(16, 16), keep_ratio=False)
    pipeline = siamese_pipeline([*READ, whole, CROP, FLIP, *PACK], [], [])
    run, sides = Compose(pipeline), set()
    for _ in range(12):
        note = dict(filename=str(video), label=1, start_index=0, modality='RGB')
        packed = run(note)
        assert packed['data_samples'].transform_codes == [0]
        clips = packed['inputs'].float().numpy()
        assert clips.shape == (2, 3, 8, 16, 16)
        np.testing.assert_array_equal(*clips)
        sides.add(bool(clips[0, 0, 0, 0, 0] > clips[0, 0, 0, 0, -1]))
    assert sides == {True, False}


@pytest.mark.parametrize(
    ('crops', 'size'),
    [
        ([CROP], (16, 16)),
        ([CROP, dict(type='Resize', scale=(32, 20), keep_ratio=False)], (20, 32)),
        ([RESIZE, dict(type='Resize', scale=(-1, 256))], (24, 40)),
        ([dict(type='MultiScaleCrop', input_size=(30, 20))], (20, 30)),
        ([dict(type='ThreeCrop', crop_size=18)], (18, 18)),
    ],
)
def test_clip_shape(crops, size):
    assert read_clip_shape([*READ, *crops, *PACK]) == (8, *size)


@pytest.mark.parametrize(
    ('pipeline', 'said'),
    [
        ([*READ, dict(type='Resize', scale=(-1, 256)), *PACK], 'no fixed size'),
        ([*READ, CROP], "FormatShape\\('NCTHW'\\)"),
        ([*READ, CROP, dict(PACK[0], input_format='NCTHW_Heatmap'), PACK[1]], 'Heatmap'),
        ([READ[0], CROP, *PACK], 'samples clips of one clip_len'),
        ([dict(type='X3Sample', clip_len=dict(RGB=8)), CROP, *PACK], "{'RGB': 8}"),
    ],
)
def test_what_makes_no_clips_is_refused(pipeline, said):
    with pytest.raises(ValueError, match=said):
        read_clip_shape(pipeline)


def test_a_test_pipeline_becomes_one_of_training():
    sampling = dict(READ[1], num_clips=10, test_mode=True)
    made = as_training([sampling, dict(type='ThreeCrop', crop_size=18), *PACK])
    assert made == [READ[1], dict(type='RandomCrop', size=18), *PACK]


def test_the_plain_pipeline_gives_clips_of_its_size(video):
    note = dict(filename=str(video), label=1, start_index=0, modality='RGB')
    assert Compose(plain_pipeline(4, 32))(note)['inputs'].shape == (1, 3, 4, 32, 32)
    assert read_clip_shape(as_training(plain_pipeline(4, 32))) == (4, 32, 32)
