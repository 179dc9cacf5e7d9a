"""Both paths made of a batch, in the slot of the data preprocessor."""

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample

from stcr_mmaction.functional import PixelScale, RandomNumbers, parse_code

MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
NUM_CLIPS, LENGTH, HEIGHT, WIDTH, SIZE = 2, 4, 12, 14, 8
CROP = dict(type='RandomClipCrop', size=SIZE)
PERTURBED = [dict(type='SpatioTemporalTransform'), dict(type='IntraVideoMixup')]
LISTS = dict(
    clean=[CROP, dict(type='RandomColorMatrix')],
    noise=[CROP, dict(type='RandomColorMatrix'), *PERTURBED],
    shared=[dict(type='RandomClipFlip')],
)


def build(**options):
    return MODELS.build(dict(type='SiameseBlending', **options))


def make_samples(count, **metainfo):
    return [ActionDataSample(metainfo=metainfo) for _ in range(count)]


def preprocess(clips, samples, blending=None, training=True):
    preprocessor = MODELS.build(
        dict(
            type='ActionDataPreprocessor',
            mean=MEAN,
            std=STD,
            format_shape='NCTHW',
            blending=blending,
        )
    )
    data = dict(inputs=list(clips), data_samples=samples)
    given = preprocessor(data, training=training)
    return given['inputs'], given['data_samples']


def random_clips(count):
    shape = count, NUM_CLIPS, 3, LENGTH, HEIGHT, WIDTH
    return torch.randint(256, shape, dtype=torch.uint8)


def test_from_the_same_seeds_it_gives_what_the_pipeline_gives(monkeypatch):
    """The same lists, the same draws: half a gray level of rounding for each run of
    changes of values, of which the noise path has two."""
    clips = random_clips(6)
    seeds = np.random.default_rng(0).integers(2**63, size=6)
    samples = [ActionDataSample(metainfo=dict(draw_seed=int(seed))) for seed in seeds]
    blending = dict(type='SiameseBlending', mean=MEAN, std=STD, **LISTS)
    made, told = preprocess(clips, samples, blending)

    paths = TRANSFORMS.build(dict(type='SiamesePaths', of_batches=True, **LISTS))
    shape = tuple(clips.shape[2:])
    drawn = paths.draw(RandomNumbers(seeds, NUM_CLIPS), shape)
    pixels = paths.apply(clips.flatten(0, 1), drawn, PixelScale())
    expected = [path.unflatten(0, (6, NUM_CLIPS)) for path in pixels]
    expected, _ = preprocess(torch.cat(expected, dim=1), make_samples(6))

    levels = (made - expected).abs() * torch.tensor(STD).view(3, 1, 1, 1)
    assert made.shape == (6, 2 * NUM_CLIPS, 3, LENGTH, SIZE, SIZE)
    assert levels[:, :NUM_CLIPS].max() < 0.5 + 1e-3
    assert levels[:, NUM_CLIPS:].max() < 1 + 1e-3
    noted = paths.note(drawn)['transform_codes']
    assert [c for s in told for c in s.metainfo['transform_codes']] == noted


def test_the_pipeline_draws_from_the_same_lists(monkeypatch):
    """In the pipeline each chain is drawn when its turn comes: replay what it drew."""
    (clips,) = random_clips(1)
    seeds = iter(np.random.default_rng(0).integers(2**62, size=3))
    drawn_from = []

    def draw_seed(*args, size):
        drawn_from.append(next(seeds))
        return np.array([drawn_from[-1]])

    monkeypatch.setattr(np.random, 'randint', draw_seed)
    frames = clips.permute(0, 2, 3, 4, 1).flatten(0, 1).numpy()
    results = TRANSFORMS.build(dict(type='SiamesePaths', **LISTS))(
        dict(imgs=list(frames), num_clips=NUM_CLIPS)
    )
    made = torch.from_numpy(results['imgs']).unflatten(0, (2 * NUM_CLIPS, -1))

    paths = TRANSFORMS.build(dict(type='SiamesePaths', of_batches=True, **LISTS))
    shape = tuple(clips.shape[1:])
    chains = zip(paths._drawn, drawn_from, strict=True)
    shapes = shape, shape, shape
    drawn = type(paths.draw(RandomNumbers(np.array([0]), NUM_CLIPS), shape))(
        *(
            chain.draw(RandomNumbers(np.array([seed]), NUM_CLIPS), of)
            for (chain, seed), of in zip(chains, shapes, strict=True)
        )
    )
    expected = torch.cat(paths.apply(clips, drawn, PixelScale()))
    assert torch.equal(made.permute(0, 4, 1, 2, 3), expected)


def test_in_the_slot_it_makes_paths_in_training_alone_and_notes_the_draws():
    clips, samples = random_clips(5), make_samples(5, img_shape=(HEIGHT, WIDTH))
    options = dict(type='SiameseBlending', mean=MEAN, std=STD, **LISTS)
    plain, _ = preprocess(clips, samples)
    tested, told = preprocess(clips, samples, options, training=False)
    assert torch.equal(tested, plain)
    assert all(set(sample.metainfo) == {'img_shape'} for sample in told)
    made, told = preprocess(clips, samples, options)
    assert made.shape == (5, 2 * NUM_CLIPS, 3, LENGTH, SIZE, SIZE)
    for sample in told:
        assert sample.metainfo['img_shape'] == (SIZE, SIZE)
        for key in ('transform_codes', 'mixup_frames', 'mixup_weights'):
            assert len(sample.metainfo[key]) == NUM_CLIPS


def test_a_batch_is_its_samples_one_after_the_other():
    clips, blending = torch.rand(6, NUM_CLIPS, 3, LENGTH, HEIGHT, WIDTH), build(**LISTS)
    samples, alone = make_samples(6), make_samples(6)
    torch.manual_seed(1)
    made, _ = blending(clips, samples)
    torch.manual_seed(1)
    one_by_one = [blending(clips[n, None], [alone[n]])[0] for n in range(6)]
    torch.testing.assert_close(made, torch.cat(one_by_one))
    assert [s.metainfo for s in samples] == [s.metainfo for s in alone]
    assert len({str(sample.metainfo) for sample in samples}) == 6


def test_without_augmentations_both_paths_are_the_clips():
    clips, samples = torch.rand(3, 1, 3, LENGTH, HEIGHT, WIDTH), make_samples(3)
    made, _ = build(clean=[], noise=[])(clips, samples)
    assert torch.equal(made, torch.cat([clips, clips], dim=1))
    assert [s.metainfo for s in samples] == [dict(transform_codes=[0])] * 3


def test_images_of_a_2d_recognizer_are_the_frames_of_one_clip():
    images, samples = torch.rand(4, LENGTH, 3, SIZE, SIZE), make_samples(4)
    blending = build(clean=[], noise=PERTURBED)
    torch.manual_seed(1)
    made, _ = blending(images, samples)
    torch.manual_seed(1)
    as_clips, _ = blending(images.transpose(1, 2)[:, None], make_samples(4))
    assert made.shape == (4, 2 * LENGTH, 3, SIZE, SIZE)
    expected = torch.cat([as_clips[:, 0], as_clips[:, 1]], dim=2).transpose(1, 2)
    assert torch.equal(made, expected)
    codes = [sample.metainfo['transform_codes'] for sample in samples]
    assert all(len(drawn) == 1 and parse_code(drawn[0]) for drawn in codes)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({}, r'SiamesePaths; .* noise=.*SpatioTemporalTransform.*IntraVideoMixup'),
        (dict(size=112, alpha=None), r"size': 112.*noise=.*SpatioTemporalTransform'}\]"),
        (dict(codes=[8]), r"codes': \[8\]"),
        (dict(what=1), 'has no argument what'),
        (dict(clean=[dict(type='Flip')], noise=[]), 'Flip works on the frames of a'),
        (dict(clean=PERTURBED, noise=[]), 'belongs to the noise path'),
        (dict(clean=[], noise=[*PERTURBED, *PERTURBED]), 'may occur only once in a path'),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(ValueError, match=message):
        build(**options)


@pytest.mark.parametrize('name', ['InterVideoMixup', 'VideoCutMix', 'VideoMixup'])
def test_blendings_of_0_1_0_say_where_they_went(name):
    with pytest.raises(ValueError, match=r"type='SiameseBlending'.*InterVideoMixup"):
        MODELS.build(dict(type=name))


@pytest.mark.parametrize(
    ('noise', 'shape', 'metainfo', 'message'),
    [
        (PERTURBED, (1, 1, 3, 4, 8, 6), {}, 'frames are 8 high and 6 wide'),
        ([CROP], (1, 1, 3, 4, 8, 6), {}, 'size=8 out of frames 8 high and 6 wide'),
        ([CROP], (1, 1, 3, 4, 9, 9), {}, 'clips of one shape, got .* 9, 9.* 8, 8'),
        ([], (1, 3, 8, 8), {}, 'inputs of 4 axes'),
        ([], (1, 1, 3, 4, 8, 8), dict(transform_codes=[0]), 'leave out SiamesePaths'),
    ],
)
def test_batches_that_cannot_be(noise, shape, metainfo, message):
    with pytest.raises(ValueError, match=message):
        build(clean=[], noise=noise)(torch.rand(shape), make_samples(1, **metainfo))


@pytest.mark.gpu
def test_the_device_is_not_waited_for():
    blending, clips = build(**LISTS), torch.rand(4, 1, 3, LENGTH, HEIGHT, WIDTH).cuda()
    torch.cuda.set_sync_debug_mode('error')
    try:
        blending(clips, make_samples(4))
    finally:
        torch.cuda.set_sync_debug_mode('default')
