"""What the classes of each set are, and how they are told from features."""

from __future__ import annotations

QUESTIONS = dict(interactions='what two people do', lips='which phrase a mouth says')
CHANCE = dict(interactions=100 / 6, lips=10)
"""Accuracy of a guess, in percent."""
SPACE = dict(interactions='averaged', lips='kept')
"""Whether features keep space."""
MEASURE = {name: f'linear, rgb, space {space}' for name, space in SPACE.items()}
"""The main measure of each set."""
