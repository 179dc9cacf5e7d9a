"""The demo: what pretraining without labels gains, in 10 to 15 minutes."""
