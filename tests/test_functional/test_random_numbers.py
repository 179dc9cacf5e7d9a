"""Random numbers against published ones, and what makes them random."""

import numpy as np
import pytest
import torch
from scipy import stats

from stcr_mmaction.functional import RandomNumbers, normal_images
from stcr_mmaction.functional.random_numbers import hash_numbers, uniform_numbers

# The first outputs of SplitMix64 for the seed 1234567, as its test vectors have them.
PUBLISHED = [
    6457827717110365317,
    3203168211198807973,
    9817491932198370423,
    4593380528125082431,
    16408922859458223821,
]


@pytest.mark.parametrize('kind', [np.asarray, torch.as_tensor])
def test_they_are_those_of_splitmix64(kind):
    numbers = hash_numbers(kind([1234567]), kind([1, 2, 3, 4, 5]))
    assert [int(number) % 2**64 for number in numbers] == PUBLISHED


@pytest.mark.parametrize('seeds', [range(500), range(-(2**63), 2**63, 2**55)])
def test_they_are_uniform_and_do_not_follow_the_seed(seeds):
    numbers = uniform_numbers(np.array(seeds)[:, None], np.arange(1, 200))
    assert stats.kstest(numbers.flatten(), 'uniform').pvalue > 0.001
    assert abs(np.corrcoef(numbers[:-1].flatten(), numbers[1:].flatten())[0, 1]) < 0.02
    assert abs(np.corrcoef(numbers[:, 0], np.arange(len(numbers)))[0, 1]) < 0.2


def test_none_is_drawn_twice_and_clips_have_their_own():
    random = RandomNumbers(np.array([3, 4]), num_clips=3)
    drawn = [random.of_clips(), random.of_samples(), random.of_clips(2)]
    assert [numbers.shape for numbers in drawn] == [(6,), (6,), (6, 2)]
    assert len(np.unique(np.concatenate([drawn[0], drawn[2].flatten()]))) == 18
    of_samples = drawn[1].reshape(2, 3)
    assert (of_samples == of_samples[:, :1]).all() and of_samples[0, 0] != of_samples[
        1, 0
    ]


def test_normal_images_are_white_and_normal():
    images = normal_images(torch.tensor([1, 2]), (3, 40, 40))
    assert images.shape == (2, 3, 40, 40) and images.dtype == torch.float32
    assert stats.kstest(images.flatten().numpy(), 'norm').pvalue > 0.001
    assert abs(np.corrcoef(images[0].flatten(), images[1].flatten())[0, 1]) < 0.05
    neighbors = images[..., 1:].flatten(), images[..., :-1].flatten()
    assert abs(np.corrcoef(*neighbors)[0, 1]) < 0.05
    assert torch.equal(normal_images(torch.tensor([2]), (3, 40, 40))[0], images[1])
