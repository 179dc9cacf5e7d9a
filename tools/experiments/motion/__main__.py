"""Render the data set."""

from .render import main

main()
