"""Scripts for users; `experiments` is for the figures of docs/."""
