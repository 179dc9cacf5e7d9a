"""Hooks of the training loop."""

from .batch_size import BatchSizeHook
from .channels_last import ChannelsLastHook
from .checkpoint_match import CheckpointMatchHook
from .collapse_monitor import CollapseMonitorHook
from .damaged_videos import DamagedVideosHook
from .finite_loss import FiniteLossHook
from .pretext_labels import PretextLabelsHook

__all__ = [
    'BatchSizeHook',
    'ChannelsLastHook',
    'CheckpointMatchHook',
    'CollapseMonitorHook',
    'DamagedVideosHook',
    'FiniteLossHook',
    'PretextLabelsHook',
]
