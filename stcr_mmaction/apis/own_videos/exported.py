"""A trained network without its training: one function of clips."""

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
    """What is exported.

    Attributes:
        network (Network): A plain :class:`Recognizer3D`, and its config.
        clip_shape (tuple[int, int, int]): (T, H, W) of its clips.
        classes (Sequence[str]): Names; none without a classifier.
    """

    network: Network
    clip_shape: tuple[int, int, int]
    classes: Sequence[str]

    @property
    def output(self) -> str:
        """``'scores'`` of the classes, which add up to 1, or ``'features'``."""
        return SCORES if self.network.model.with_cls_head else FEATURES

    @property
    def facts(self) -> dict[str, str]:
        """What a user of the file has to know, each as JSON."""
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

    def of_normalized(self, clips: Tensor) -> Tensor:
        """Return what the network makes of clips (N, C, T, H, W)."""
        if self.output == FEATURES:
            return self.network.features(clips)
        return self.network.scores(clips).softmax(dim=1)


class ClipFunction(nn.Module):
    """Clips as they are decoded -> scores of the classes, or features.

    Args:
        exported (Exported): What it computes.
    """

    def __init__(self, exported: Exported) -> None:
        super().__init__()
        self.model = exported.network.model
        self._of_normalized = exported.of_normalized

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
        return self._of_normalized(clips)


def run_as_mmaction2(exported: Exported, clips: Tensor) -> Tensor:
    """Compute behind MMAction2's own data preprocessor: what files are compared with.

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
    return exported.of_normalized(inputs[:, 0])


def prepare(network: Network, classes: Sequence[str]) -> Exported:
    """Take what is exported from a network.

    Args:
        network (Network): As it was trained.
        classes (Sequence[str]): Names of its classes, if it has a classifier.

    Returns:
        Exported: On the CPU.

    Raises:
        ValueError: If it does not take clips of one size.
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
    """Return the steps by which a config tests videos; none if it does not."""
    loader = config.get('test_dataloader') or config.get('val_dataloader')
    return list(loader.dataset.pipeline) if loader else []


def _plain_config(trained: Config, pipeline: list[dict]) -> Config:
    """Return a config for MMAction2's own functions, without places of other weights."""
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
