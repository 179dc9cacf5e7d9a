"""The first command: what pretraining without labels is worth, in a quarter of an hour."""
