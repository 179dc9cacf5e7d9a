"""Hooks of the training loop."""

from .channels_last import ChannelsLastHook
from .collapse_monitor import CollapseMonitorHook
from .finite_loss import FiniteLossHook

__all__ = ['ChannelsLastHook', 'CollapseMonitorHook', 'FiniteLossHook']
