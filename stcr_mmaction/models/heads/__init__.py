"""The consistency head, pretext heads and the linear probe."""

from .arrow_of_time_head import ArrowOfTimeHead
from .clip_order_heads import ClipOrderHead, ClipVerificationHead, FrameVerificationHead
from .linear_probe_head import LinearProbeHead
from .motion_head import MotionHead
from .pretext_head import PretextHead
from .stcr_head import STCRHead
from .transform_code_head import TransformCodeHead

__all__ = [
    'ArrowOfTimeHead',
    'ClipOrderHead',
    'ClipVerificationHead',
    'FrameVerificationHead',
    'LinearProbeHead',
    'MotionHead',
    'PretextHead',
    'STCRHead',
    'TransformCodeHead',
]
