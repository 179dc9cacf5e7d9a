"""A trained network, prepared for export: one function of clips."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from mmaction.models import Recognizer3D
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from torch import Tensor, nn

from ...type_names import copy_by_name
from ...version import __version__
from ..network import Network
from ..pipelines import read_clip_shape

PARTS = 'backbone', 'neck', 'cls_head'
SCORES, FEATURES = 'scores', 'features'
OWN = __name__.partition('.')[0]


@dataclass(frozen=True)
class Exported:
    """A network to export.

    Attributes:
        network (Network): A plain :class:`Recognizer3D`, and its config.
        clip_shape (tuple[int, int, int]): (T, H, W) of its input clips.
        classes (Sequence[str]): Class names; empty without a classifier.
    """

    network: Network
    clip_shape: tuple[int, int, int]
    classes: Sequence[str]

    @property
    def output(self) -> str:
        """``'scores'``, class probabilities, or ``'features'``."""
        return SCORES if self.network.model.with_cls_head else FEATURES

    @property
    def facts(self) -> dict[str, str]:
        """What a user of the file needs to know, each value as JSON."""
        model = self.network.config.model
        preprocessor = self.network.model.data_preprocessor
        scale = {
            name: getattr(preprocessor, name).flatten().tolist()
            for name in ('mean', 'std')
            if hasattr(preprocessor, name)
        }
        facts = dict(
            **{name: model[name] for name in PARTS if name in model},
            **scale,
            clip_shape=self.clip_shape,
            output=self.output,
            classes=list(self.classes),
            stcr_mmaction=__version__,
        )
        return {name: json.dumps(fact) for name, fact in facts.items()}

    def draw_clips(self, count: int = 2) -> Tensor:
        """Return random clips, (N, C, T, H, W), 0 to 255, floating."""
        channels = len(getattr(self.network.model.data_preprocessor, 'mean', 'RGB'))
        shape = count, channels, *self.clip_shape
        return torch.randint(256, shape, generator=torch.manual_seed(0)).float()

    def compute_normalized(self, clips: Tensor) -> Tensor:
        """Return scores or features of normalized clips (N, C, T, H, W)."""
        if self.output == FEATURES:
            return self.network.features(clips)
        return self.network.scores(clips).softmax(dim=1)


class ClipFunction(nn.Module):
    """Decoded clips -> class scores or features.

    Args:
        exported (Exported): The network.
    """

    def __init__(self, exported: Exported) -> None:
        super().__init__()
        self.model = exported.network.model
        self._compute_normalized = exported.compute_normalized

    def forward(self, clips: Tensor) -> Tensor:
        """Normalize and compute.

        Args:
            clips (Tensor): (N, C, T, H, W), uint8 or floating, 0 to 255.

        Returns:
            Tensor: (N, classes), or (N, C').
        """
        preprocessor = self.model.data_preprocessor
        clips = clips.float()
        clips = clips.flip(1) if preprocessor.to_rgb else clips
        if hasattr(preprocessor, 'mean'):
            clips = (clips - preprocessor.mean) / preprocessor.std
        return self._compute_normalized(clips)


def run_as_mmaction2(exported: Exported, clips: Tensor) -> Tensor:
    """Run the network with MMAction2's data preprocessor, as the reference for files.

    Args:
        exported (Exported): The network.
        clips (Tensor): (N, C, T, H, W), 0 to 255.

    Returns:
        Tensor: (N, classes), or (N, C').
    """
    samples = [ActionDataSample() for _ in clips]
    inputs, _ = exported.network.preprocess(
        dict(inputs=list(clips[:, None]), data_samples=samples)
    )
    return exported.compute_normalized(inputs[:, 0])


def prepare(network: Network, classes: Sequence[str]) -> Exported:
    """Prepare a network for export.

    Args:
        network (Network): The trained network.
        classes (Sequence[str]): Class names, if it has a classifier.

    Returns:
        Exported: On the CPU.

    Raises:
        ValueError: If it does not take clips of one fixed size.
    """
    if not isinstance(network.model, Recognizer3D):
        kind = type(network.model).__name__
        raise ValueError(
            f'{network.name}: a {kind} takes no clips, it cannot be exported'
        )
    trained = copy_by_name(network.config)
    pipeline = _find_pipeline(trained)
    shape = trained.model.get('clip_shape') or read_clip_shape(pipeline)
    config = _plain_config(trained.model, pipeline)
    model = MODELS.build(config.model).eval()
    model.load_state_dict(_take_weights(network.model))
    model.tap = getattr(network.model, 'tap', None)
    if _is_of_this_package(model, pipeline):
        config.custom_imports = dict(imports=[OWN], allow_failed_imports=False)
    return Exported(Network(network.name, config, model), tuple(shape), classes)


def _find_pipeline(config: Config) -> list[dict]:
    """Return the test pipeline of a config, empty if it has none."""
    loader = config.get('test_dataloader') or config.get('val_dataloader')
    return list(loader.dataset.pipeline) if loader else []


def _plain_config(trained: Config, pipeline: list[dict]) -> Config:
    """Return a config for MMAction2's own functions, without paths to other weights."""
    model = dict(type='Recognizer3D')
    for name in (*PARTS, 'data_preprocessor'):
        part = {k: v for k, v in (trained.get(name) or {}).items() if k != 'init_cfg'}
        part.pop('blending', None)
        if part.get('pretrained'):
            part['pretrained'] = None
        if part:
            model[name] = part
    steps = dict(test_pipeline=pipeline) if pipeline else {}
    return Config(dict(default_scope='mmaction', model=model, **steps))


def _take_weights(model: nn.Module) -> dict[str, Tensor]:
    weights = model.state_dict().items()
    return {name: tensor for name, tensor in weights if name.partition('.')[0] in PARTS}


def _is_of_this_package(model: nn.Module, pipeline: list[dict]) -> bool:
    kinds = [type(module) for module in model.modules()]
    kinds += [TRANSFORMS.get(step['type']) for step in pipeline]
    return any(kind.__module__.partition('.')[0] == OWN for kind in kinds)
