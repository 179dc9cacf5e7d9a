"""A classifier on a backbone that does not change: the linear probe."""

from __future__ import annotations

from typing import Any

from mmaction.models import Recognizer3D
from mmaction.registry import MODELS
from torch import nn


@MODELS.register_module()
class FrozenRecognizer3D(Recognizer3D):
    """:class:`Recognizer3D` of which the classifier alone is trained.

    Nothing in the backbone changes: it has no gradients, so that neither the optimizer
    nor its weight decay touches it, its batch norm keeps its statistics, and it drops
    nothing.

    Source: the linear probe of self-supervised learning, as CoCLR (Han et al., NeurIPS
        2020) has it for videos.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.backbone.requires_grad_(False)

    def train(self, mode: bool = True) -> nn.Module:
        """Go to training mode, all but the backbone."""
        super().train(mode)
        self.backbone.eval()
        return self
