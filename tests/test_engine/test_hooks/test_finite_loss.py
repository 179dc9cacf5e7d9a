"""A loss that is not finite ends a run."""

import pytest

from ..small_runs import Views, make_runner


def test_the_first_loss_that_is_not_finite_ends_the_run(tmp_path):
    hook = dict(type='FiniteLossHook')
    runner = make_runner(tmp_path, [hook], Views(nan_at=9))  # in the third batch
    message = r"iteration 3: \{'loss.*loss_temporal.*float16 .*dtype='bfloat16'"
    with pytest.raises(FloatingPointError, match=message):
        runner.train()
    assert not list(tmp_path.glob('*.pth'))


def test_finite_losses_pass(tmp_path):
    make_runner(tmp_path, [dict(type='FiniteLossHook')]).train()
    assert list(tmp_path.glob('epoch_2.pth'))
