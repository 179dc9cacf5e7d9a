"""Measure the cost of STCR, as ratios within one run."""
