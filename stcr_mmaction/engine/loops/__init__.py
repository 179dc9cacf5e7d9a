"""Training loops."""

from .reproducible_train_loop import ReproducibleTrainLoop

__all__ = ['ReproducibleTrainLoop']
