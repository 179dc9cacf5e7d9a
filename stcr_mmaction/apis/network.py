"""Load a network from any config and checkpoint, and run it on clips."""

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
    """A loaded recognizer.

    Attributes:
        name (str): Name shown in pictures.
        config (Config): Its config, which also names the data.
        model (nn.Module): In evaluation mode.
    """

    name: str
    config: Config
    model: nn.Module

    @torch.no_grad()
    def maps(self, clips: Tensor) -> Tensor:
        """Return the feature maps (N, C', T', H', W') that consistency is computed on.

        Args:
            clips (Tensor): (N, C, T, H, W), as the data preprocessor returns them.

        Raises:
            ValueError: If the backbone returns something else.
        """
        backbone = self.model.backbone
        tap = getattr(self.model, 'tap', None) or Tap(backbone)
        maps = tap.maps(backbone, clips)
        if maps.ndim != 5:
            raise ValueError(
                f'{self.name}: the backbone returns {tuple(maps.shape)}, not maps '
                "(N, C', T', H', W'); set model.tap to a layer that returns maps"
            )
        return maps

    def features(self, clips: Tensor) -> Tensor:
        """Return the feature maps averaged over time and space, (N, C')."""
        return pool_features(self.maps(clips))

    @torch.no_grad()
    def scores(self, clips: Tensor) -> Tensor:
        """Return the class scores of each clip before softmax, (N, classes).

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
        ValueError: If the backbone's tensors do not match the checkpoint; says which.

    Examples:
        ```python
        network = load_network('config.py', 'checkpoint.pth')
        for clips in read_clips(network.config, 'test'):
            inputs, _ = network.preprocess(clips.batch)  # (N, V, C, T, H, W)
            features = network.features(inputs.flatten(0, 1))
        ```
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
