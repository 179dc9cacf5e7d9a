"""The consistency head: ψ, T^-1, and the two consistency terms."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ...checks import check_choice
from ...functional import invert_clips, spatial_pooling, unflip_time
from ...functional.consistency import POOLINGS
from ...functional.precision import at_least_single
from ...type_names import build_part, type_name

TAKEN = ('temporal', 'channel', 'cls')
"""Reserved names: this head and the cls_head already log ``loss_<name>``."""


@MODELS.register_module()
class STCRHead(BaseModule):
    """L = L_tw + γ L_cw between the feature maps of the clean and the noise path.

        clean maps (N, C', T', H', W') ── ψ ──────────┬── L_tw
        noise maps (N, C', T', H', W') ── ψ ── T^-1 ──┤
                                                      └── H (ReLU, FC) ── L_cw
        features (N, C', T')              descriptors (N, C')

    Calling the head returns the aligned features of both paths, not centered, which
    :class:`CollapseMonitorHook` measures.

    The default is the paper's objective. It has a trivial solution: the same features for
    every video (collapse). ``center_time``, ``predictor`` and ``auxiliary_losses`` can
    prevent this; they are off by default.

    Args:
        in_channels (int): C', channels of the feature maps. A recognizer with
            ``clip_shape`` fills in this and ``temporal_size``.
        temporal_size (int, optional): T', time steps of the feature maps. Needed for H.
            Defaults to None, which works without L_cw.
        pooling (str): ψ over space: ``'max'``, ``'mean'``, or ``'none'``, which keeps
            space for L_tw and takes the maximum for L_cw. Defaults to 'max', as in the
            paper.
        stop_gradient (str, optional): The path, ``'clean'`` or ``'noise'``, that gets no
            gradient from any loss. Defaults to None, as in the paper.
        loss_temporal (dict, optional): Config of L_tw. Defaults to
            ``dict(type='TemporalWiseLoss')``; None leaves it out.
        loss_channel (dict, optional): Config of L_cw; its ``loss_weight`` is γ.
            Defaults to ``dict(type='ChannelWiseLoss', loss_weight=0.1)``. With None or a
            weight of 0 it is left out, and no H is built.
        center_time (bool): Whether to subtract from ψ its mean over time, which removes a
            still background. Needs T' of 2 or more. Defaults to False.
        predictor (dict, optional): Config of a :class:`ProjectionMLP`, applied to the C'
            channels at each position of ψ. In L_tw, the prediction from each path is then
            compared with the other path, without gradient; L_tw is the mean of both
            directions. With ``stop_gradient``, the path without gradient is only a target
            (with an EMA target this is the clean path), and L_tw has one direction. L_cw
            and the auxiliary losses use ψ without predictor. Defaults to None.
        auxiliary_losses (dict[str, dict], optional): Configs of further losses of ψ of
            both paths, (N, C', T') each, such as :class:`InfoNCELoss` and
            :class:`VarianceCovarianceLoss`. Logged as ``loss_<name>``, or
            ``loss_<name>_<term>`` if a loss has several terms. The ``in_channels`` of a
            ``projector`` may be left out if ``temporal_size`` is known. Defaults to None.
        init_cfg (dict, optional): mmengine's. Defaults to None: torch's initialization.

    Raises:
        ValueError: If an option or the type of a loss is unknown; if there is no loss; if
            L_cw is on without ``temporal_size``; if ``center_time`` is used with one time
            step; if the size of a ``predictor`` or ``projector`` is wrong, or there is a
            ``predictor`` without L_tw; or if the name of an auxiliary loss is reserved.
            When called: if the maps have no time axis, or another C' or T'.

    Source: paper §3.3, eqs. 5 to 7. The two mappings are H with its two sets of weights.
        Beyond the paper: the predictor is SimSiam's (Chen and He, CVPR 2021) and, with an
        EMA target, BYOL's (Grill et al., NeurIPS 2020), applied at each position of ψ and
        with L_tw instead of the cosine; centering is our addition.
    """

    def __init__(
        self,
        in_channels: int,
        temporal_size: int | None = None,
        pooling: str = 'max',
        stop_gradient: str | None = None,
        loss_temporal: dict | None = dict(type='TemporalWiseLoss'),  # noqa: B006
        loss_channel: dict | None = dict(type='ChannelWiseLoss', loss_weight=0.1),  # noqa: B006
        center_time: bool = False,
        predictor: dict | None = None,
        auxiliary_losses: dict[str, dict] | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg=init_cfg)
        check_choice('pooling', pooling, POOLINGS)
        check_choice('stop_gradient', stop_gradient, (None, 'clean', 'noise'))
        self.in_channels = in_channels
        self.temporal_size = temporal_size
        self.pooling = pooling
        self.stop_gradient = stop_gradient
        self.center_time = center_time
        self.loss_temporal = _build_loss(loss_temporal, 'loss_temporal')
        self.loss_channel = _build_loss(loss_channel, 'loss_channel')
        self.auxiliary_losses = self._build_auxiliary(auxiliary_losses or {})
        if not (self.loss_temporal or self.loss_channel or self.auxiliary_losses):
            raise ValueError(
                'STCRHead has no term left: give loss_temporal or loss_channel a '
                'loss_weight above 0, or auxiliary_losses, or drop the head '
                '(consistency_head=None)'
            )
        if center_time and temporal_size is not None:
            _check_can_center(temporal_size)
        if self.loss_channel is not None:
            self.clean_mapping = self._build_mapping()
            self.noise_mapping = self._build_mapping()
        self.predictor = None if predictor is None else self._build_predictor(predictor)

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
        """Compute the losses; arguments as in :meth:`forward`.

        Returns:
            dict[str, Tensor]: ``loss_temporal``, ``loss_channel`` and the auxiliary
            losses that are on, as weighted scalars.
        """
        clean, noise = self._prepare(*self(clean, noise, codes))
        losses = {}
        if self.loss_temporal is not None:
            losses['loss_temporal'] = self._compare_in_time(clean, noise)
        clean, noise = _without_space(clean), _without_space(noise)
        if self.loss_channel is not None:
            losses['loss_channel'] = self.loss_channel(
                self.clean_mapping(clean), self.noise_mapping(noise)
            )
        for name, loss in self.auxiliary_losses.items():
            losses.update(_name_terms(f'loss_{name}', loss(clean, noise)))
        return losses

    def _prepare(self, clean: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Center, and stop the gradient of a path, if these are on."""
        if self.center_time:
            # The result may be smaller than rounding errors of half precision.
            clean, noise = at_least_single(clean), at_least_single(noise)
            clean, noise = (p - p.mean(dim=2, keepdim=True) for p in (clean, noise))
        if self.stop_gradient == 'clean':
            clean = clean.detach()
        elif self.stop_gradient == 'noise':
            noise = noise.detach()
        return clean, noise

    def _compare_in_time(self, clean: Tensor, noise: Tensor) -> Tensor:
        """Compute L_tw, with the predictor if there is one."""
        if self.predictor is None:
            return self.loss_temporal(clean, noise)
        ways = []
        if self.stop_gradient != 'noise':
            ways.append(self.loss_temporal(clean.detach(), self._predict(noise)))
        if self.stop_gradient != 'clean':
            ways.append(self.loss_temporal(self._predict(clean), noise.detach()))
        return sum(ways) / len(ways)

    def _predict(self, features: Tensor) -> Tensor:
        return self.predictor(features.movedim(1, -1)).movedim(-1, 1)

    def _build_auxiliary(self, configs: dict[str, dict]) -> nn.ModuleDict:
        _check_names(configs)
        losses = {
            name: _build_loss(self._fill_projector(config), f'auxiliary_losses.{name}')
            for name, config in configs.items()
        }
        return nn.ModuleDict({n: loss for n, loss in losses.items() if loss is not None})

    def _fill_projector(self, loss: dict | None) -> dict | None:
        """Fill in the size of ψ of a clip, C' * T', for the projector of a loss."""
        projector = loss and loss.get('projector')
        if projector is None or self.temporal_size is None:
            return loss
        size = self.in_channels * self.temporal_size
        if projector.get('in_channels') not in (None, size):
            raise ValueError(
                f'a projector of STCRHead is given in_channels={projector["in_channels"]}'
                f", but ψ of a clip has C' * T' = {size} numbers: leave it out"
            )
        return {**loss, 'projector': {**projector, 'in_channels': size}}

    def _build_predictor(self, config: dict) -> nn.Module:
        """MLP: (..., C') -> (..., C')."""
        channels = dict(in_channels=self.in_channels, out_channels=self.in_channels)
        config = {**channels, **config}
        if any(config[name] != self.in_channels for name in channels):
            raise ValueError(
                "the predictor of STCRHead keeps the C' channels of the maps: leave out "
                f'its in_channels and out_channels, or set both to {self.in_channels}'
            )
        if self.loss_temporal is None:
            raise ValueError(
                'the predictor of STCRHead serves L_tw alone, but there is no '
                'loss_temporal: give one, or set predictor=None'
            )
        return build_part(config, MODELS, 'predictor of STCRHead')

    def _build_mapping(self) -> nn.Sequential:
        """H: (N, C', T') -> (N, C')."""
        if self.temporal_size is None:
            raise ValueError(
                "STCRHead needs temporal_size, the time steps T' of the feature maps, "
                'for the channel-wise term: give it, or give the recognizer '
                'clip_shape=(T, H, W), from which it follows (or set loss_channel=None)'
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
                    f"(N, C', T', H', W') are {tuple(maps.shape)}: set {name}={size}, "
                    "or the recognizer's clip_shape to (T, H, W) of the clips"
                )
        if self.center_time:
            _check_can_center(maps.shape[2])


def _build_loss(config: dict | None, place: str) -> nn.Module | None:
    """Build a loss, unless its weight is 0."""
    if config is None:
        return None
    loss = build_part(config, MODELS, f'{place} of STCRHead')
    try:
        signature(loss.forward).bind('clean', 'noise')
    except TypeError:
        raise ValueError(
            f'{place} of STCRHead: {type_name(config)} is no loss of two paths. Its '
            f'forward takes {signature(loss.forward)}, not the features of both'
        ) from None
    return None if getattr(loss, 'loss_weight', 1) == 0 else loss


def _check_names(configs: dict[str, dict]) -> None:
    if taken := sorted(set(TAKEN) & set(configs)):
        raise ValueError(
            f'auxiliary_losses of STCRHead may not be named {", ".join(taken)}: '
            f'loss_{taken[0]} is logged by another loss; choose another name'
        )


def _name_terms(name: str, loss: Tensor | dict[str, Tensor]) -> dict[str, Tensor]:
    if isinstance(loss, Tensor):
        return {name: loss}
    return {f'{name}_{term}': value for term, value in loss.items()}


def _check_can_center(temporal_size: int) -> None:
    if temporal_size < 2:
        raise ValueError(
            "center_time needs feature maps with T' of 2 or more time steps, got "
            f'{temporal_size}: give more frames (clip_len), or set tap to an earlier '
            'layer of the backbone'
        )


def _without_space(features: Tensor) -> Tensor:
    return spatial_pooling(features) if features.ndim == 5 else features
