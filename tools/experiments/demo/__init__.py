"""The first command: what pretraining without labels is worth, in ten minutes."""
