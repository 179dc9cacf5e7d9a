"""The rendered motion data set."""
