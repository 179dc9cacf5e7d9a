"""The demo: what pretraining without labels gains, in 3 to 10 minutes."""
