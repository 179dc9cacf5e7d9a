"""The laws of the 16 transformations."""

import numpy as np
import pytest
import torch

from stcr_mmaction.functional import (
    NUM_CODES,
    invert_clips,
    parse_code,
    spatial_pooling,
    transform_clips,
    unflip_time,
)

CODES = list(range(NUM_CODES))


def reference(clip, code):
    """The definition, in NumPy: clip is (C, T, H, W)."""
    if code // 8:
        clip = np.flip(clip, axis=1)
    if code % 8 // 4:
        clip = np.flip(clip, axis=3)
    return np.rot90(clip, k=code % 4, axes=(2, 3))


def clips_of(dtype, count=NUM_CODES, size=6):
    generator = torch.Generator().manual_seed(0)
    clips = torch.randint(0, 256, (count, 3, 4, size, size), generator=generator)
    return clips.to(dtype)


@pytest.mark.parametrize(
    'dtype', [torch.uint8, torch.float32, torch.float16, torch.int64]
)
def test_batch_is_the_definition_clip_by_clip(dtype):
    clips = clips_of(dtype)
    moved = transform_clips(clips, CODES)
    for clip, code, result in zip(clips.numpy(), CODES, moved.numpy(), strict=True):
        np.testing.assert_array_equal(result, reference(clip, code))


def test_quarter_turns_are_those_of_rot90():
    clip = clips_of(torch.uint8, count=1)
    for turns in range(4):
        expected = torch.rot90(clip, turns, dims=(-2, -1))
        assert torch.equal(transform_clips(clip, [turns]), expected)


def test_all_sixteen_are_distinct():
    same = clips_of(torch.uint8, count=1).expand(NUM_CODES, -1, -1, -1, -1)
    moved = transform_clips(same, CODES)
    assert len({clip.numpy().tobytes() for clip in moved}) == NUM_CODES


@pytest.mark.parametrize('dtype', [torch.uint8, torch.float32, torch.bfloat16])
@pytest.mark.parametrize('seed', range(3))
def test_inverse_is_exact_for_codes_mixed_in_one_batch(dtype, seed):
    codes = torch.randperm(NUM_CODES, generator=torch.Generator().manual_seed(seed))
    clips = clips_of(dtype)
    assert torch.equal(invert_clips(transform_clips(clips, codes), codes), clips)
    assert torch.equal(transform_clips(invert_clips(clips, codes), codes), clips)


def test_codes_c_and_c_plus_8_differ_by_the_temporal_flip_alone():
    clips = clips_of(torch.uint8, count=8)
    forward = transform_clips(clips, range(8))
    backward = transform_clips(clips, range(8, 16))
    assert torch.equal(forward.flip(2), backward)


def test_inputs_are_left_as_they_were():
    clips = clips_of(torch.float32)
    before = clips.clone()
    transform_clips(clips, CODES).zero_()
    assert torch.equal(clips, before)


@pytest.mark.parametrize('move', [transform_clips, invert_clips])
def test_gradient_is_that_of_finite_differences(move):
    clips = torch.rand(4, 1, 2, 3, 3, dtype=torch.double, requires_grad=True)
    codes = [0, 5, 11, 15]
    assert torch.autograd.gradcheck(lambda x: move(x, codes), clips)
    assert torch.autograd.gradgradcheck(lambda x: move(x, codes), clips)


@pytest.mark.parametrize('move', [transform_clips, invert_clips])
def test_it_compiles_to_one_graph(move):
    clips = torch.rand(4, 1, 2, 3, 3, requires_grad=True)
    codes, weight = [0, 5, 11, 15], torch.rand(4, 1, 2, 3, 3)
    compiled = torch.compile(move, fullgraph=True, backend='aot_eager')(clips, codes)
    assert torch.equal(compiled, move(clips, codes))
    (gradient,) = torch.autograd.grad((compiled * weight).sum(), clips)
    (expected,) = torch.autograd.grad((move(clips, codes) * weight).sum(), clips)
    assert torch.equal(gradient, expected)


def test_clips_of_any_memory_layout():
    clips = clips_of(torch.uint8)
    channels_last = clips.permute(0, 2, 3, 4, 1).contiguous().permute(0, 4, 1, 2, 3)
    assert torch.equal(
        transform_clips(channels_last, CODES), transform_clips(clips, CODES)
    )


@pytest.mark.parametrize('pooling', ['max', 'mean'])
def test_after_spatial_pooling_the_temporal_unflip_is_the_whole_inverse(pooling):
    maps = torch.rand(NUM_CODES, 5, 4, 7, 7, dtype=torch.double)
    moved_back = spatial_pooling(invert_clips(maps, CODES), pooling)
    unflipped = unflip_time(spatial_pooling(maps, pooling), CODES)
    torch.testing.assert_close(unflipped, moved_back)


def test_without_quarter_turns_clips_need_not_be_square():
    clips = torch.rand(8, 3, 4, 5, 7)
    codes = [code for code in CODES if code % 2 == 0]
    assert torch.equal(invert_clips(transform_clips(clips, codes), codes), clips)


@pytest.mark.parametrize('move', [transform_clips, invert_clips])
def test_quarter_turn_of_a_clip_that_is_not_square(move):
    with pytest.raises(ValueError, match='code 3 turns .* 5 high and 7 wide'):
        move(torch.rand(2, 3, 4, 5, 7), [0, 3])


@pytest.mark.parametrize('code', [-1, 16, 1.0, '3', None])
def test_unknown_code(code):
    with pytest.raises(ValueError, match=r'unknown transformation code .* 0 to 15'):
        parse_code(code)
    with pytest.raises(ValueError, match='unknown transformation code'):
        transform_clips(torch.rand(1, 1, 2, 2, 2), [code])


def test_one_code_a_clip():
    with pytest.raises(ValueError, match='3 transformation codes for a batch of 2'):
        transform_clips(torch.rand(2, 1, 2, 2, 2), [0, 1, 2])
