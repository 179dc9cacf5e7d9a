"""Means and paired differences, beside scipy's tests and worked examples."""

import numpy as np
import pytest
from scipy import stats

from tools.experiments.paired_statistics import mean_and_std, paired_difference


@pytest.mark.parametrize('confidence', [0.9, 0.95])
@pytest.mark.parametrize('n', [2, 5, 15])
def test_interval_is_that_of_the_paired_t_test(n, confidence):
    rng = np.random.default_rng(n)
    values, others = rng.normal(60, 5, n).tolist(), rng.normal(55, 5, n).tolist()
    found = paired_difference(values, others, confidence)
    wanted = stats.ttest_rel(values, others).confidence_interval(confidence)
    low, high = found.mean - found.half_width, found.mean + found.half_width
    assert (low, high) == pytest.approx((wanted.low, wanted.high))
    assert found.n == n


def test_a_worked_example():
    # Differences 1, 2, 3: mean 2, standard error 1/sqrt(3), t(0.975, 2) = 4.30265.
    found = paired_difference([11, 22, 33], [10, 20, 30])
    assert found.mean == pytest.approx(2)
    assert found.half_width == pytest.approx(4.30265 / 3**0.5, rel=1e-5)


@pytest.mark.parametrize('shift', [3.0, -3.0])
def test_sign_is_that_of_a_significant_difference(shift):
    values = np.array([50.0, 60, 70, 80])
    noisy = values + [0.1, -0.1, 0.2, -0.2]
    assert paired_difference((noisy + shift).tolist(), values.tolist()).sign == (
        np.sign(shift)
    )
    assert paired_difference(noisy.tolist(), values.tolist()).sign == 0


def test_a_single_pair_has_no_interval():
    found = paired_difference([5.0], [3.0])
    assert (found.mean, found.half_width, found.sign, found.n) == (2.0, None, None, 1)


def test_std_is_the_sample_standard_deviation():
    assert mean_and_std([1.0, 2.0, 4.0]) == pytest.approx((7 / 3, stats.tstd([1, 2, 4])))
    assert mean_and_std([4.0]) == (4.0, None)


@pytest.mark.parametrize(('values', 'others'), [([], []), ([1.0], [1.0, 2.0])])
def test_what_cannot_be_paired_is_refused(values, others):
    with pytest.raises(ValueError, match='cannot pair'):
        paired_difference(values, others)
