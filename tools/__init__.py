"""Scripts for users; `experiments` makes the figures of docs/."""
