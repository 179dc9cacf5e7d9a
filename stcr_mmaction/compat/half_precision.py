"""Training and testing in half precision."""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import mmengine.optim.optimizer.amp_optimizer_wrapper as amp
import torch
import torch.nn.functional as F
from mmengine.device import get_device
from mmengine.optim import AmpOptimWrapper
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from ..functional.precision import at_least_single


def score_in_single_precision() -> None:
    """Return the scores of all MMAction2 heads in float32 or wider.

    Symptom: under autocast to bfloat16 training, validation and test end with
    `Got unsupported ScalarType BFloat16`: heads and metrics turn scores into NumPy
    arrays, which have no such type. In float16 the scores are rounded before they are
    averaged over clips and compared.
    Thread: none known.
    Fix: scores in half precision are converted to float32 when they leave a head.
    Replaces: `mmaction.models.heads.base.BaseHead.__init__`.
    Can go: when MMAction2 does so.
    """
    from mmaction.models import BaseHead

    stock = BaseHead.__init__

    @functools.wraps(stock)
    def init(self: BaseHead, *args: Any, **kwargs: Any) -> None:
        stock(self, *args, **kwargs)
        self.register_forward_hook(_widen_output)

    BaseHead.__init__ = init


def _widen_output(head: nn.Module, inputs: Any, scores: Any) -> Any:
    return _widen(scores)


def _widen(scores: Any) -> Any:
    """Convert scores, or a container of them, from half types to float32."""
    if isinstance(scores, Tensor):
        return at_least_single(scores)
    if isinstance(scores, dict):
        return {name: _widen(part) for name, part in scores.items()}
    if isinstance(scores, (tuple, list)):
        return type(scores)(_widen(part) for part in scores)
    return scores


def train_in_bfloat16_without_gpu() -> None:
    """Let `AmpOptimWrapper`, and with it `--amp`, train on the CPU.

    Symptom: `AmpOptimizerWrapper is only available training on gpu, npu, mlu or musa`,
    although its autocast knows bfloat16 on the CPU.
    Thread: open-mmlab/mmpretrain#1556.
    Fix: on the CPU the default `dtype` is bfloat16, and the loss is not scaled, as
    bfloat16 does not need it. Other types are refused here; mmengine would refuse them in
    the first iteration.
    Replaces, where there is no GPU:
    `mmengine.optim.optimizer.amp_optimizer_wrapper.AmpOptimWrapper.__init__` and
    `mmengine.optim.optimizer.amp_optimizer_wrapper.is_cuda_available`.
    Can go: when mmengine does so.
    """
    if get_device() != 'cpu':
        return
    amp.is_cuda_available = lambda: True  # only used to refuse other devices
    stock = AmpOptimWrapper.__init__

    @functools.wraps(stock)
    def init(
        self: AmpOptimWrapper,
        loss_scale: float | str | dict = 'dynamic',
        dtype: str | torch.dtype | None = None,
        **kwargs: Any,
    ) -> None:
        if dtype not in (None, 'bfloat16', torch.bfloat16):
            raise ValueError(
                f'optim_wrapper.dtype is {dtype!r}, but on the CPU half precision is '
                "bfloat16: set dtype='bfloat16' or leave it out, train on a GPU, or take "
                "type='OptimWrapper' for single precision"
            )
        stock(self, dict(enabled=False), torch.bfloat16, **kwargs)

    AmpOptimWrapper.__init__ = init


def fix_gradients_of_few_frames() -> None:
    """Get the right gradients of 3D convolutions in bfloat16 on the CPU.

    Symptom: PyTorch (2.13) gives wrong gradients of the weight, often NaN, if the kernel
    has more frames than its input, and the stride in time is 1. So has the last stage of
    R3D, R(2+1)D and C3D for clips of 16 frames.
    Thread: none known.
    Fix: such an input is padded before the convolution, not in it.
    Replaces, where there is no GPU:
    `mmengine.optim.optimizer.amp_optimizer_wrapper.AmpOptimWrapper.optim_context`.
    Can go: when PyTorch computes them right.
    """
    if get_device() != 'cpu':
        return
    stock = AmpOptimWrapper.optim_context

    @functools.wraps(stock)
    @contextmanager
    def optim_context(self: AmpOptimWrapper, model: nn.Module) -> Iterator[None]:
        with stock(self, model), _PaddingFewFrames():
            yield

    AmpOptimWrapper.optim_context = optim_context


class _PaddingFewFrames(TorchFunctionMode):
    """Pads clips before 3D convolutions whose kernel has more frames."""

    def __torch_function__(
        self, function: Callable, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        if function is F.conv3d and len(args) > 4:  # nn.Conv3d uses no keywords
            args = _pad_few_frames(*args)
        return function(*args, **(kwargs or {}))


def _pad_few_frames(
    clips: Tensor, weight: Tensor, bias: Any, stride: Any, padding: Any, *others: Any
) -> tuple:
    frames, *space = padding if isinstance(padding, tuple) else [0]
    if frames > 0 and clips.shape[-3] < weight.shape[-3]:
        clips = F.pad(clips, (0, 0, 0, 0, frames, frames))
        padding = 0, *space
    return clips, weight, bias, stride, padding, *others
