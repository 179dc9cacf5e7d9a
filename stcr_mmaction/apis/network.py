"""Trained networks, of any config and checkpoint, and what they make of clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.device import get_device
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from torch import Tensor, nn

from ..functional import pool_features
from ..functional.matching import match_tensors, of_part
from ..models.recognizers.tap import Tap

NONE = 'none'


@dataclass(frozen=True)
class Network:
    """A recognizer, ready to be looked into.

    Attributes:
        name (str): Shown in pictures.
        config (Config): Whose data it is shown.
        model (nn.Module): In evaluation mode.
    """

    name: str
    config: Config
    model: nn.Module

    @torch.no_grad()
    def maps(self, clips: Tensor) -> Tensor:
        """Return the maps (N, C', T', H', W') that consistency looks at.

        Args:
            clips (Tensor): (N, C, T, H, W), as the data preprocessor gives them.

        Raises:
            ValueError: If the backbone gives something else.
        """
        backbone = self.model.backbone
        tap = getattr(self.model, 'tap', None) or Tap(backbone)
        maps = tap.maps(backbone, clips)
        if maps.ndim != 5:
            raise ValueError(
                f'{self.name}: the backbone gives {tuple(maps.shape)}, not maps '
                "(N, C', T', H', W'); set model.tap to a layer that does"
            )
        return maps

    def features(self, clips: Tensor) -> Tensor:
        """Return the mean of the maps over time and space, (N, C')."""
        return pool_features(self.maps(clips))

    @torch.no_grad()
    def scores(self, clips: Tensor) -> Tensor:
        """Return the classifier's scores of each clip, (N, classes), before softmax.

        Raises:
            ValueError: If there is no classifier.
        """
        if getattr(self.model, 'cls_head', None) is None:
            raise ValueError(f'{self.name} has no classifier (cls_head)')
        return self.model.extract_feat(clips[:, None], stage='head')[0]

    def preprocess(self, batch: dict) -> tuple[Tensor, list]:
        """Return the clips of a batch, (N, V, C, T, H, W), and its data samples.

        Raises:
            ValueError: If the batch has no clips.
        """
        data = self.model.data_preprocessor(batch, training=False)
        inputs = data['inputs']
        if inputs.ndim != 6:
            raise ValueError(f'{self.name}: clips of {tuple(inputs.shape)} are no videos')
        return inputs, data['data_samples']


def load_network(
    config: str, checkpoint: str, name: str = '', options: dict | None = None
) -> Network:
    """Build a config's network and load its weights.

    Args:
        config (str): File, or ``mmaction::recognition/...``.
        checkpoint (str): File, or ``none``.
        name (str): Defaults to ``''``: the name of the checkpoint's folder, or
            ``untrained``.
        options (dict, optional): Overrides of the config. Defaults to None.

    Returns:
        Network: The network.

    Raises:
        FileNotFoundError: If the config or the checkpoint is missing.
        ValueError: If the tensors of the backbone are not those of the checkpoint; says
            which.
    """
    cfg = Config.fromfile(config)
    if checkpoint != NONE and not Path(checkpoint).is_file():
        raise FileNotFoundError(f'there is no file {checkpoint!r}')
    cfg.merge_from_dict(options or {})
    init_default_scope('mmaction')
    model = MODELS.build(cfg.model)
    if checkpoint != NONE:
        weights = load_checkpoint(model, checkpoint, map_location='cpu', logger='silent')
        _check(model, weights.get('state_dict', weights), config, checkpoint)
        name = name or Path(checkpoint).resolve().parent.name
    return Network(name or 'untrained', cfg, model.to(get_device()).eval())


def _check(model: nn.Module, weights: dict, config: str, checkpoint: str) -> None:
    match = match_tensors(
        of_part(model.state_dict(), 'backbone'), of_part(weights, 'backbone')
    )
    if match.share < 1:
        raise ValueError(
            f'{checkpoint} is not of the backbone of {config}: {match}\n'
            f'{match.examples()}'
        )
