"""How much of a training has passed."""

from __future__ import annotations

from mmengine.logging import MessageHub


def training_progress() -> float:
    """Return the share of the iterations that have passed, 0 to 1.

    mmengine's ``RuntimeInfoHook`` notes them in the current message hub. Outside a
    training there are no such notes, and it is 1.
    """
    hub = MessageHub.get_current_instance()
    return hub.get_info('iter', 1) / hub.get_info('max_iters', 1)


def note_progress(iteration: int, max_iters: int) -> None:
    """Note them in a training loop without a runner."""
    hub = MessageHub.get_current_instance()
    hub.update_info('iter', iteration)
    hub.update_info('max_iters', max_iters)
