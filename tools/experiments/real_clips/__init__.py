"""Real clips: what pretraining without labels is worth, frozen and fine-tuned."""
