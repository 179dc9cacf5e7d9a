"""Sizes of networks, frames and batches: two scales of the comparison."""

from __future__ import annotations

from typing import NamedTuple


class Scale(NamedTuple):
    """A scale.

    Attributes:
        height (int): Height of the decoded frames, 4:3.
        crop (int): Side of the clips.
        batch_size (int): Batch size of pretraining.
        width (float): Channels of the backbones, as a share of the published number.
        iterations (dict): Pretraining iterations, by set.
        optim_wrapper (dict): Changes to the recipe's ``optim_wrapper``.
    """

    height: int
    crop: int
    batch_size: int
    width: float
    iterations: dict[str, int]
    optim_wrapper: dict

    def backbone(self, name: str) -> dict:
        """Return the config of one of the paper's backbones."""
        kind = BACKBONES[name]
        if kind == 'InceptionI3D':
            return dict(type=kind, width=self.width)
        return dict(type=kind, base_channels=round(64 * self.width))


BACKBONES = dict(
    r3d='VCOPR3D', r2plus1d='VCOPR2Plus1D', c3d='VCOPC3D', i3d='InceptionI3D'
)
PUBLISHED = dict(r3d='R3D', r2plus1d='R(2+1)D', c3d='C3D', i3d='I3D')
"""Names of the backbones in papers."""
AMP = dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale=1)
SCALES = dict(
    cpu=Scale(64, 56, 32, 1 / 8, dict(interactions=700, lips=250), {}),
    gpu=Scale(128, 112, 64, 1, dict(interactions=900, lips=600), AMP),
)
