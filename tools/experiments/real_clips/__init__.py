"""Real clips: what pretraining without labels gains, frozen and fine-tuned."""
