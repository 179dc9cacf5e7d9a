"""The demo: what pretraining without labels gains, in about 10 minutes."""
