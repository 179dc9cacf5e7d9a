"""The training loop, its hooks, and a rehearsal."""

from .hooks import (
    ChannelsLastHook,
    CheckpointMatchHook,
    CollapseMonitorHook,
    DamagedVideosHook,
    FiniteLossHook,
    PretextLabelsHook,
)
from .loops import ReproducibleTrainLoop
from .rehearsal import Rehearsal

__all__ = [
    'ChannelsLastHook',
    'CheckpointMatchHook',
    'CollapseMonitorHook',
    'DamagedVideosHook',
    'FiniteLossHook',
    'PretextLabelsHook',
    'Rehearsal',
    'ReproducibleTrainLoop',
]
