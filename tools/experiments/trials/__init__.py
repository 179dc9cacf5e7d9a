"""What breaks a training: one file for each kind of trouble."""

from multiprocessing import get_context

FORK = get_context('fork')  # what is imported once need not be imported again
