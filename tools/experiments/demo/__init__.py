"""The first command: what pretraining without labels is worth, in 15 minutes."""
