"""The training loop, its hooks, and a rehearsal."""

from .hooks import (
    BatchSizeHook,
    ChannelsLastHook,
    CheckpointMatchHook,
    ClassLabelsHook,
    CollapseMonitorHook,
    DamagedVideosHook,
    FiniteLossHook,
    PretextLabelsHook,
    WholeCheckpointHook,
    WorkDirLockHook,
)
from .loops import ReproducibleTrainLoop
from .rehearsal import Rehearsal

__all__ = [
    'BatchSizeHook',
    'ChannelsLastHook',
    'CheckpointMatchHook',
    'ClassLabelsHook',
    'CollapseMonitorHook',
    'DamagedVideosHook',
    'FiniteLossHook',
    'PretextLabelsHook',
    'Rehearsal',
    'ReproducibleTrainLoop',
    'WholeCheckpointHook',
    'WorkDirLockHook',
]
