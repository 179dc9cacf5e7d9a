"""The demo: what pretraining without labels gains, in 15 minutes."""
