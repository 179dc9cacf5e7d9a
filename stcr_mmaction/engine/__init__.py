"""The training loop, its hooks, and the rehearsal of a run."""

from .hooks import (
    BatchSizeHook,
    ChannelsLastHook,
    CheckpointMatchHook,
    ClassLabelsHook,
    CollapseMonitorHook,
    DamagedVideosHook,
    FiniteLossHook,
    PretextLabelsHook,
    ProgressHook,
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
    'ProgressHook',
    'Rehearsal',
    'ReproducibleTrainLoop',
    'WholeCheckpointHook',
    'WorkDirLockHook',
]
