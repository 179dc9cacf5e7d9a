"""Hooks of the training loop."""

from .hooks import CollapseMonitorHook, FiniteLossHook

__all__ = ['CollapseMonitorHook', 'FiniteLossHook']
