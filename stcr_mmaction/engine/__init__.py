"""Hooks of the training loop."""

from .hooks import (
    ChannelsLastHook,
    CheckpointMatchHook,
    CollapseMonitorHook,
    FiniteLossHook,
    PretextLabelsHook,
)

__all__ = [
    'ChannelsLastHook',
    'CheckpointMatchHook',
    'CollapseMonitorHook',
    'FiniteLossHook',
    'PretextLabelsHook',
]
