"""Helpers of the commands for videos of one's own."""
