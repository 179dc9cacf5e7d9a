"""Laws of all augmentations, found in the registry, alone and in chains."""

import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from torch.utils._python_dispatch import TorchDispatchMode

from stcr_mmaction.datasets.transforms import (
    ClipAugmentation,
    GeometricAugmentation,
    IntraVideoMixup,
)
from stcr_mmaction.datasets.transforms.augmentation import AugmentationSequence
from stcr_mmaction.functional import PixelScale, RandomNumbers

SHAPE, NUM_CLIPS = (3, 4, 12, 12), 2
OPTIONS = dict(RandomClipCrop=dict(size=8))
NAMES = [
    name
    for name, kind in TRANSFORMS.module_dict.items()
    if issubclass(kind, ClipAugmentation) and name != 'RandomColourMatrix'
]
CHAINS = [
    ['RandomClipFlip', 'RandomClipCrop', 'SpatioTemporalTransform', 'IntraVideoMixup'],
    ['RandomColorMatrix', 'RandomClipCrop', 'SpatioTemporalTransform', 'RandomClipFlip'],
    ['RandomClipCrop', 'RandomColorMatrix', 'IntraVideoMixup', 'TemporalGradient'],
    ['SpatialGaussianNoise', 'SpatioTemporalTransform', 'InterVideoMixup'],
]
ALL = [*([name] for name in NAMES), *CHAINS]
MEAN, STD = [123.675, 116.28, 103.53], [58.395, 57.12, 57.375]
AS_PIXELS = PixelScale()


def build(names):
    steps = [dict(type=name, **OPTIONS.get(name, {})) for name in names]
    return AugmentationSequence([TRANSFORMS.build(step) for step in steps])


def seeds_of(count, seed=0):
    return np.random.default_rng(seed).integers(2**63, size=count)


def make(count=5, dtype=torch.uint8):
    generator = torch.Generator().manual_seed(0)
    shape = count * NUM_CLIPS, *SHAPE
    return torch.randint(256, shape, dtype=torch.uint8, generator=generator).to(dtype)


def draw(chain, count=5, seed=0):
    return chain.draw(RandomNumbers(seeds_of(count, seed), NUM_CLIPS), SHAPE)


def parameters(drawn):
    return [(n, key, value) for n, d in enumerate(drawn) for key, value in d.items()]


def test_all_augmentations_are_found():
    assert len(NAMES) >= 10


@pytest.mark.parametrize('names', ALL, ids=' '.join)
def test_there_is_one_draw_for_each_clip_on_the_cpu(names):
    drawn = draw(build(names))
    assert parameters(drawn)
    for _, _, value in parameters(drawn):
        assert len(value) == 5 * NUM_CLIPS and value.device.type == 'cpu'


@pytest.mark.parametrize('names', ALL, ids=' '.join)
def test_the_draws_of_a_sample_do_not_depend_on_the_batch_it_is_in(names):
    chain, seeds = build(names), seeds_of(6)
    others = seeds_of(6, seed=1)
    others[4] = seeds[2]
    for (n, key, one), (*_, other) in zip(
        parameters(chain.draw(RandomNumbers(seeds, NUM_CLIPS), SHAPE)),
        parameters(chain.draw(RandomNumbers(others, NUM_CLIPS), SHAPE)),
        strict=True,
    ):
        if key != 'partners':  # which is a place in the batch
            ours = one.unflatten(0, (6, NUM_CLIPS))
            theirs = other.unflatten(0, (6, NUM_CLIPS))
            assert torch.equal(ours[2], theirs[4]), (names[n], key)


@pytest.mark.parametrize('names', ALL, ids=' '.join)
def test_other_seeds_draw_otherwise(names):
    one, other = (parameters(draw(build(names), seed=seed)) for seed in (0, 1))
    pairs = zip(one, other, strict=True)
    constant = Counter(key for (_, key, a), (*_, b) in pairs if torch.equal(a, b))
    assert constant.keys() <= {'chosen'}  # of TemporalGradient: all of them


@pytest.mark.parametrize('names', ALL, ids=' '.join)
def test_normalized_clips_become_what_pixels_become_up_to_rounding(names):
    """The batch's route and the pipeline's, which rounds once a run of value changes."""
    chain, scale = build(names), PixelScale.of(MEAN, STD)
    mean, std = (torch.tensor(part).view(3, 1, 1, 1) for part in (MEAN, STD))
    clips, drawn = make(), draw(chain)
    pixels = chain.apply(clips, drawn, AS_PIXELS)
    assert pixels.dtype == torch.uint8
    made = chain.apply((clips - mean) / std, drawn, scale)
    moves = [isinstance(a, GeometricAugmentation) for a in chain.augmentations]
    runs = [moved for moved, _ in itertools.groupby(moves)].count(False)
    assert (made * std + mean - pixels).abs().max() < 0.5 * runs + 1e-3


@pytest.mark.parametrize('names', ALL, ids=' '.join)
def test_a_batch_is_a_loop_over_its_clips(names):
    chain, clips = build(names), make()
    drawn = draw(chain)
    together = chain.apply(clips, drawn, AS_PIXELS)
    if any('partners' in d for d in drawn):
        pytest.skip('needs the whole batch')
    for n in range(len(clips)):
        alone = [{key: value[n, None] for key, value in d.items()} for d in drawn]
        assert torch.equal(chain.apply(clips[n, None], alone, AS_PIXELS)[0], together[n])


@pytest.mark.parametrize('names', ALL, ids=' '.join)
@pytest.mark.parametrize('dtype', [torch.uint8, torch.float32, torch.bfloat16])
def test_clips_of_the_caller_stay_and_the_shape_is_as_said(names, dtype):
    chain, clips = build(names), make(dtype=dtype)
    before = clips.clone()
    made = chain.apply(clips, draw(chain), AS_PIXELS)
    assert torch.equal(clips, before) and made.dtype == dtype
    assert tuple(made.shape[1:]) == chain.output_shape(SHAPE)
    assert made.untyped_storage().data_ptr() != clips.untyped_storage().data_ptr()


@pytest.mark.parametrize('names', CHAINS, ids=' '.join)
def test_a_chain_is_its_augmentations_one_after_the_other(names):
    chain, clips = build(names), make(dtype=torch.float32)
    drawn = draw(chain)
    expected = clips
    for augmentation, of_it in zip(chain.augmentations, drawn, strict=True):
        expected = augmentation.apply(expected, of_it, AS_PIXELS)
    torch.testing.assert_close(chain.apply(clips, drawn, AS_PIXELS), expected)


class Operations(TorchDispatchMode):
    """Counts torch's operations; those that read a value wait for a device."""

    WAITS = 'aten._local_scalar_dense.default', 'aten.nonzero.default'

    def __init__(self):
        super().__init__()
        self.count = Counter()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count[str(function)] += 1
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize('names', ALL, ids=' '.join)
def test_operations_do_not_grow_with_the_clips_and_none_waits(names):
    chain, counts = build(names), []
    for count in (2, 3, 16):
        with Operations() as operations:
            # What is no CPU: there the values are not known, so they cannot be read.
            drawn = draw(chain, count)
            chain.apply(make(count, torch.float32), drawn, AS_PIXELS)
            chain.apply(make(count, torch.float32).to('meta'), drawn, AS_PIXELS)
        assert not set(Operations.WAITS) & set(operations.count)
        counts.append(operations.count.total())
    assert counts[0] == counts[1] == counts[2] < 200


@pytest.mark.gpu
@pytest.mark.parametrize('names', ALL, ids=' '.join)
def test_a_device_gives_the_same_and_is_not_waited_for(names):
    chain, clips = build(names), make(dtype=torch.float32)
    drawn = draw(chain)
    on_device = clips.cuda()
    torch.cuda.set_sync_debug_mode('error')
    try:
        made = chain.apply(on_device, drawn, AS_PIXELS)
    finally:
        torch.cuda.set_sync_debug_mode('default')
    torch.testing.assert_close(made.cpu(), chain.apply(clips, drawn, AS_PIXELS))


def test_the_weight_of_a_mixup_is_bounded():
    mixup = IntraVideoMixup(max_weight=0.3)
    drawn = mixup.draw(RandomNumbers(seeds_of(4000), 1), SHAPE)
    assert 0.29 < drawn['weights'].max() <= 0.3
    assert drawn['weights'].mean() == pytest.approx(0.15, abs=0.01)


def test_an_augmentation_with_notes_may_occur_once():
    with pytest.raises(ValueError, match='IntraVideoMixup may occur only once in a path'):
        build(['IntraVideoMixup', 'IntraVideoMixup'])


@pytest.mark.parametrize('name', NAMES)
def test_notes_are_those_announced(name):
    (augmentation,) = build([name]).augmentations
    drawn = augmentation.draw(RandomNumbers(seeds_of(5), NUM_CLIPS), SHAPE)
    noted = augmentation.note(drawn)
    assert tuple(noted) == augmentation.noted
    assert all(len(values) == 5 * NUM_CLIPS for values in noted.values())
