"""The training loop and its hooks."""

from .hooks import (
    BatchSizeHook,
    ChannelsLastHook,
    CheckpointMatchHook,
    ClassLabelsHook,
    CollapseMonitorHook,
    DamagedVideosHook,
    FiniteLossHook,
    PretextLabelsHook,
    WorkDirLockHook,
)
from .loops import ReproducibleTrainLoop

__all__ = [
    'BatchSizeHook',
    'ChannelsLastHook',
    'CheckpointMatchHook',
    'ClassLabelsHook',
    'CollapseMonitorHook',
    'DamagedVideosHook',
    'FiniteLossHook',
    'PretextLabelsHook',
    'ReproducibleTrainLoop',
    'WorkDirLockHook',
]
