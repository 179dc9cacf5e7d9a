"""Hooks of the training loop."""

from .hooks import ChannelsLastHook, CollapseMonitorHook, FiniteLossHook

__all__ = ['ChannelsLastHook', 'CollapseMonitorHook', 'FiniteLossHook']
