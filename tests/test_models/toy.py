"""A backbone small enough to train in a test."""

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import nn


@MODELS.register_module(force=True)
class ToyBackbone(BaseModule):
    """(N, 3, T, H, W) -> (N, 8, T / 2, H / 4, W / 4), or a vector behind it."""

    def __init__(self, vector=False, tupled=False):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv3d(3, 4, 3, (1, 2, 2), 1), nn.ReLU())
        self.body = nn.Sequential(nn.Conv3d(4, 8, 3, 2, 1), nn.ReLU())
        self.fc = nn.LazyLinear(8) if vector else None
        self.tupled = tupled

    def forward(self, x):
        """Compute the maps, or the vector."""
        maps = self.body(self.stem(x))
        if self.tupled:
            return maps, maps
        return maps if self.fc is None else self.fc(maps.flatten(1))
