"""Helpers of the ``stcr`` commands."""
