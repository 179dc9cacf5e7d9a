"""The demo: what pretraining without labels gains, in 12 minutes."""
