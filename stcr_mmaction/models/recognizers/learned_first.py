"""Let a part of the losses wait until another one is learned."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor


def scale_gradients(
    losses: Mapping[str, Tensor], share: Tensor | None
) -> dict[str, Tensor]:
    """Scale the gradients of losses, and keep their values.

    Args:
        losses (Mapping[str, Tensor]): Losses, and values to log, by name.
        share (Tensor, optional): Scalar, 0 to 1. None: nothing changes.

    Returns:
        dict[str, Tensor]: Those with a name of ``loss`` have scaled gradients.
    """
    if share is None:
        return dict(losses)
    return {
        name: value.detach().lerp(value, share.to(value.dtype))
        if 'loss' in name
        else value
        for name, value in losses.items()
    }
