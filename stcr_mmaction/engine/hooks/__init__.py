"""Hooks of the training loop."""

from .collapse_monitor import CollapseMonitorHook
from .finite_loss import FiniteLossHook

__all__ = ['CollapseMonitorHook', 'FiniteLossHook']
