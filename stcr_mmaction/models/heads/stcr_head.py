"""The regularization head: ψ, T^-1, and the two consistency terms."""

from __future__ import annotations

from collections.abc import Sequence

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...functional import invert_clips, spatial_pooling, unflip_time
from ...functional.consistency import POOLINGS, check_choice


@MODELS.register_module()
class STCRHead(BaseModule):
    """L = L_tw + γ L_cw between the feature maps of the clean and the noise path.

        clean maps (N, C', T', H', W') ── ψ ──────────┬── L_tw
        noise maps (N, C', T', H', W') ── ψ ── T^-1 ──┤
                                                      └── H (ReLU, FC) ── L_cw
        features (N, C', T')              descriptors (N, C')

    Calling the head gives the aligned features of both paths, which is what
    :class:`CollapseMonitorHook` listens to.

    Args:
        in_channels (int): C', channels of the feature maps.
        temporal_size (int, optional): T', time steps of the feature maps. H needs it.
            Defaults to None, which serves without L_cw.
        pooling (str): ψ over space: ``'max'``, ``'mean'``, or ``'none'``, which keeps
            space for L_tw and takes the maximum for L_cw. Defaults to 'max', the
            paper's.
        stop_gradient (str, optional): The path, ``'clean'`` or ``'noise'``, that no
            gradient flows through. Defaults to None: the paper mentions none.
        loss_temporal (dict, optional): Config of L_tw. Defaults to
            ``dict(type='TemporalWiseLoss')``; None leaves it out.
        loss_channel (dict, optional): Config of L_cw; its ``loss_weight`` is γ.
            Defaults to ``dict(type='ChannelWiseLoss', loss_weight=0.1)``. None or
            a weight of 0 leave it out, and no H is built.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If an option is unknown, if both terms are left out, or if L_cw is on
            and ``temporal_size`` is not given. When called: if the maps have no time
            axis, or their C' or T' are not the head's.

    Source: paper §3.3, eqs. 5 to 7. The two weight sets of H are the two mappings.
    """

    def __init__(
        self,
        in_channels: int,
        temporal_size: int | None = None,
        pooling: str = 'max',
        stop_gradient: str | None = None,
        loss_temporal: dict | None = dict(type='TemporalWiseLoss'),  # noqa: B006
        loss_channel: dict | None = dict(type='ChannelWiseLoss', loss_weight=0.1),  # noqa: B006
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_choice('pooling', pooling, POOLINGS)
        check_choice('stop_gradient', stop_gradient, (None, 'clean', 'noise'))
        self.in_channels = in_channels
        self.temporal_size = temporal_size
        self.pooling = pooling
        self.stop_gradient = stop_gradient
        self.loss_temporal = _build_loss(loss_temporal)
        self.loss_channel = _build_loss(loss_channel)
        if self.loss_temporal is None and self.loss_channel is None:
            raise ValueError(
                'STCRHead has no term left: give loss_temporal or loss_channel a '
                'loss_weight above 0, or drop the head (consistency_head=None)'
            )
        if self.loss_channel is not None:
            self.clean_mapping = self._build_mapping()
            self.noise_mapping = self._build_mapping()

    def forward(
        self, clean: Tensor, noise: Tensor, codes: Sequence[int]
    ) -> tuple[Tensor, Tensor]:
        """Pool both paths and undo the transformations of the noise path.

        Args:
            clean (Tensor): (N, C', T', H', W'), floating, maps of the clean path.
            noise (Tensor): (N, C', T', H', W'), maps of the noise path.
            codes (Sequence[int]): N transformation codes of the noise path.

        Returns:
            tuple[Tensor, Tensor]: ψ of the clean and of the un-transformed noise path,
            each (N, C', T'), or (N, C', T', H', W') with pooling 'none'.
        """
        self._check_maps(clean)
        if self.pooling == 'none':
            return clean, invert_clips(noise, codes)
        clean = spatial_pooling(clean, self.pooling)
        return clean, unflip_time(spatial_pooling(noise, self.pooling), codes)

    def loss(
        self, clean: Tensor, noise: Tensor, codes: Sequence[int]
    ) -> dict[str, Tensor]:
        """Compute the terms; arguments as :meth:`forward`.

        Returns:
            dict[str, Tensor]: ``loss_temporal`` and ``loss_channel``, weighted scalars,
            as far as they are switched on.
        """
        clean, noise = self(clean, noise, codes)
        if self.stop_gradient == 'clean':
            clean = clean.detach()
        elif self.stop_gradient == 'noise':
            noise = noise.detach()
        losses = {}
        if self.loss_temporal is not None:
            losses['loss_temporal'] = self.loss_temporal(clean, noise)
        if self.loss_channel is not None:
            losses['loss_channel'] = self.loss_channel(
                self.clean_mapping(_without_space(clean)),
                self.noise_mapping(_without_space(noise)),
            )
        return losses

    def _build_mapping(self) -> nn.Sequential:
        """H: (N, C', T') -> (N, C')."""
        if self.temporal_size is None:
            raise ValueError(
                "STCRHead needs temporal_size, the time steps T' of the feature maps, "
                'for the channel-wise term (or set loss_channel=None)'
            )
        in_features = self.in_channels * self.temporal_size
        return nn.Sequential(
            nn.ReLU(), nn.Flatten(), nn.Linear(in_features, self.in_channels)
        )

    def _check_maps(self, maps: Tensor) -> None:
        if maps.ndim != 5:
            raise ValueError(
                "consistency needs feature maps (N, C', T', H', W'), but the tapped "
                f'layer gives {tuple(maps.shape)}: set tap to a layer of the backbone '
                "that still has a time axis ('conv5b' of MMAction2's C3D)"
            )
        given = dict(in_channels=maps.shape[1], temporal_size=maps.shape[2])
        for name, size in given.items():
            expected = getattr(self, name)
            if expected is not None and size != expected:
                raise ValueError(
                    f'STCRHead was built with {name}={expected}, but the feature maps '
                    f"(N, C', T', H', W') are {tuple(maps.shape)}: set {name}={size}"
                )


def _build_loss(config: dict | None) -> nn.Module | None:
    """Build a term, unless its weight makes it nothing."""
    loss = None if config is None else MODELS.build(config)
    return loss if loss is not None and loss.loss_weight != 0 else None


def _without_space(features: Tensor) -> Tensor:
    return spatial_pooling(features) if features.ndim == 5 else features
