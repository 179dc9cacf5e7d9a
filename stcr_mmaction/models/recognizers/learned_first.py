"""Let a part of the losses wait until another one is learned."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


def scale_gradients(losses: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """Scale the gradients of losses, and keep their values.

    Args:
        losses (Mapping[str, Tensor]): Losses, and values to log, by name.
        share (float): The factor, 0 to 1.

    Returns:
        dict[str, Tensor]: Those with ``loss`` in their name have scaled gradients.
    """
    return {
        name: value.detach().lerp(value, share) if 'loss' in name else value
        for name, value in losses.items()
    }
