"""Robustness trials: one file for each kind of problem."""

from multiprocessing import get_context

FORK = get_context('fork')  # avoids importing everything again
