"""Stop at the first loss that is not finite."""

from __future__ import annotations

import math

from mmaction.registry import HOOKS
from mmengine.hooks import Hook
from mmengine.hooks.hook import DATA_BATCH
from mmengine.runner import Runner


@HOOKS.register_module()
class FiniteLossHook(Hook):
    """Raise an error as soon as a loss is NaN or infinite.

    It runs before a checkpoint of that iteration is written. mmengine's
    :class:`CheckInvalidLossHook` checks every 50 iterations and does not name the loss.
    The values are already on the CPU for the log, so the check costs nothing.

    It sees the losses before they are scaled for float16 (``--amp``). If scaled gradients
    overflow, ``AmpOptimWrapper`` skips the step and lowers the scale, which is not an
    error. A loss that overflows by itself is an error, which no scale can fix.

    Raises:
        FloatingPointError: Names the losses, their values, and the iteration.
    """

    priority = 'HIGH'

    def after_train_iter(
        self,
        runner: Runner,
        batch_idx: int,
        data_batch: DATA_BATCH = None,
        outputs: dict | None = None,
    ) -> None:
        """Check the losses of this iteration."""
        losses = {k: v.item() for k, v in (outputs or {}).items() if 'loss' in k}
        bad = {key: value for key, value in losses.items() if not math.isfinite(value)}
        if bad:
            raise FloatingPointError(
                f'not finite at iteration {runner.iter + 1}: {bad} (all losses: '
                f'{losses}); lower the learning rate, clip gradients '
                '(optim_wrapper.clip_grad), or look for bad values in the input; of a '
                "run in float16 (--amp) set optim_wrapper.dtype='bfloat16', which has "
                'the range of single precision'
            )
