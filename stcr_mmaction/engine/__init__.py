"""The training loop and its hooks."""

from .hooks import (
    BatchSizeHook,
    ChannelsLastHook,
    CheckpointMatchHook,
    CollapseMonitorHook,
    DamagedVideosHook,
    FiniteLossHook,
    PretextLabelsHook,
)
from .loops import ReproducibleTrainLoop

__all__ = [
    'BatchSizeHook',
    'ChannelsLastHook',
    'CheckpointMatchHook',
    'CollapseMonitorHook',
    'DamagedVideosHook',
    'FiniteLossHook',
    'PretextLabelsHook',
    'ReproducibleTrainLoop',
]
