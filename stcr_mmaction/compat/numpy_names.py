"""Keep mmaction2 working with numpy 2."""

from importlib import import_module
from types import ModuleType
from typing import Any

import cv2
import numpy as np

# Modules that use removed names, without those that need imgaug: imgaug itself fails too.
_MODULES = (
    'mmaction.datasets.transforms.pose_transforms',
    'mmaction.evaluation.functional.accuracy',
    'mmaction.evaluation.metrics.multimodal_metric',
    'mmaction.utils.misc',
)


def keep_numpy_names() -> None:
    """Make pose transforms and metrics of mmaction2 work with numpy 2.

    Symptom: `np.Inf was removed in the NumPy 2.0 release`, in pose transforms; `module
    'numpy' has no attribute 'trapz'` (or `in1d`) under numpy 2.4, in the metrics of
    proposals and of retrieval.
    Thread: open-mmlab/mmaction2#2145, of older names.
    Fix: these modules get a numpy wrapper that has these names; numpy itself is not
    changed.
    Replaces, where numpy lacks one of these names:
    `mmaction.datasets.transforms.pose_transforms.np`,
    `mmaction.evaluation.functional.accuracy.np`,
    `mmaction.evaluation.metrics.multimodal_metric.np` and `mmaction.utils.misc.np`.
    Can go: when mmaction2 uses the new names.
    """
    if all(hasattr(np, name) for name in ('Inf', 'trapz', 'in1d')):
        return
    for name in _MODULES:
        import_module(name).np = _NumpyWithOldNames('numpy')


class _NumpyWithOldNames(ModuleType):
    """numpy with its removed names."""

    Inf = np.inf
    trapz = staticmethod(getattr(np, 'trapezoid', None) or np.trapz)
    in1d = staticmethod(np.isin)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def fix_hue_shift() -> None:
    """Make `ColorJitter` shift hues correctly in both directions.

    Symptom: `OverflowError: Python integer -13 out of bounds for uint8` under numpy 2, at
    any negative draw; under any numpy a wrong hue, silently, where hue and shift together
    are above 255.
    Thread: none known.
    Fix: `ColorJitter.adjust_hue` computes in 16 bits; the amount of the shift is
    unchanged.
    Replaces: `mmaction.datasets.transforms.processing.ColorJitter.adjust_hue`.
    Can go: when mmaction2 does so.
    """
    from mmaction.datasets.transforms import ColorJitter

    ColorJitter.adjust_hue = staticmethod(adjust_hue)


def adjust_hue(image: np.ndarray, factor: float) -> np.ndarray:
    """Shift the hues of an image.

    Args:
        image (np.ndarray): (H, W, 3), RGB, clipped to [0, 255].
        factor (float): Shift in units of 255 steps of 2 degrees, as in mmaction2.

    Returns:
        np.ndarray: (H, W, 3) float32, range [0, 255].
    """
    hsv = cv2.cvtColor(np.clip(image, 0, 255).astype(np.uint8), cv2.COLOR_RGB2HSV)
    hsv[..., 0] = (hsv[..., 0].astype(np.int16) + int(factor * 255)) % 180
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB).astype(np.float32)
