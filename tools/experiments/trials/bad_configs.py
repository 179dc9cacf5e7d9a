"""Set options of pretraining to random values, and train a step."""

from __future__ import annotations

import copy
import inspect
import math
import random
import resource
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmaction.registry import HOOKS, METRICS, MODELS, TRANSFORMS
from mmengine.dataset import Compose

from tools.data.child_process import Outcome, call_in_child

from . import FORK

CONFIG = dict(
    model=dict(
        type='STCR',
        clip_shape=(16, 32, 32),
        backbone=dict(type='VCOPR3D', base_channels=4),
        consistency_head=dict(
            type='STCRHead',
            in_channels=32,
            temporal_size=2,
            loss_temporal=dict(type='TemporalWiseLoss'),
            loss_channel=dict(type='ChannelWiseLoss', loss_weight=0.1),
            predictor=dict(
                type='ProjectionMLP', in_channels=32, hidden_channels=8, out_channels=32
            ),
            auxiliary_losses=dict(
                contrast=dict(type='InfoNCELoss'),
                decorrelation=dict(type='VarianceCovarianceLoss'),
            ),
        ),
        pretext_head=dict(type='TransformCodeHead', in_channels=32),
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[128.0] * 3,
            std=[64.0] * 3,
            format_shape='NCTHW',
        ),
    ),
    noise=[
        dict(type='SpatioTemporalTransform'),
        dict(type='IntraVideoMixup'),
        dict(type='SpatialGaussianNoise'),
        dict(type='RandomColorMatrix'),
        dict(type='TemporalGradient'),
    ],
    hooks=[
        dict(type='CollapseMonitorHook'),
        dict(type='DamagedVideosHook'),
        dict(type='CheckpointMatchHook'),
    ],
    metric=dict(type='FrozenFeatureMetric'),
)
STOCK = 'data_preprocessor'
VALUES = (
    *(None, True, False, -1, 0, 1, 2, 3, 7, 32, 10**4, 0.5, -0.5, 1.5, 1e-30, 1e30),
    *(math.nan, math.inf, '', 'mean', 'max', 'none', 'clean', 'noise', 'temporal'),
    *('conv5', 'nothing', [], [1], [0, 8], [16, 32, 32], [99], {}, {'type': 'Nothing'}),
    *({'type': 'MSELoss'}, {'type': 'InfoNCELoss'}, {'type': 'VCOPC3D'}),
)
MEMORY = 8 << 30


def try_bad_configs(number: int, folder: Path, seed: int) -> Iterator[Counter]:
    """Build a model and train a step, with one or two options set to random values.

    Args:
        number (int): Number of configs.
        folder (Path): Folder for configs with a wrong result.
        seed (int): Random seed.

    Yields:
        Counter: After each config, counts of ``configs``, and among these ``trained``
        (with finite losses), ``refused`` (with an error message while building), and
        ``wrong``.
    """
    folder.mkdir(parents=True)
    options = list(find_options(CONFIG))
    for number_of_config in range(number):
        draw = random.Random(f'{seed} {number_of_config}')
        config = copy.deepcopy(CONFIG)
        changed = {}
        for _ in range(draw.randint(1, 2)):
            path, value = draw.choice(options), draw.choice(VALUES)
            set_option(config, path, copy.deepcopy(value))
            changed['.'.join(map(str, path))] = value
        outcome = call_in_child(FORK, train_in_bounds, config, timeout=120)
        answer = judge(outcome)
        if answer == 'wrong':
            text = f'{changed}\n{outcome}\n'
            (folder / f'{number_of_config}.txt').write_text(text)
        yield Counter({'configs': 1, answer: 1})


def find_options(config: Any, path: tuple = ()) -> Iterator[tuple]:
    """Yield the paths of all options of the classes in a config."""
    entries = config.items() if isinstance(config, dict) else enumerate(config)
    for key, value in entries:
        if isinstance(value, (dict, list)) and key != STOCK and not _is_plain(value):
            yield from find_options(value, (*path, key))
    if isinstance(config, dict) and 'type' in config:
        for name in _parameters(config['type']):
            if name != STOCK:
                yield (*path, name)


def _is_plain(value: Any) -> bool:
    return isinstance(value, list) and not any(isinstance(v, dict) for v in value)


def _parameters(name: str) -> list[str]:
    registries = MODELS, TRANSFORMS, HOOKS, METRICS
    kind = next(filter(None, (registry.get(name) for registry in registries)))
    kinds = inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY
    parameters = inspect.signature(kind).parameters.values()
    return [p.name for p in parameters if p.kind in kinds]


def set_option(config: Any, path: tuple, value: Any) -> None:
    """Set an option, unless its parent does not exist any more."""
    *way, name = path
    for key in way:
        try:
            config = config[key]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(config, dict):
        config[name] = value


def train_in_bounds(config: dict) -> dict[str, float]:
    """Build and train with limited memory."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    return train_a_step(config)


class ErrorAfterBuild(Exception):
    """An error after building."""


def train_a_step(config: dict) -> dict[str, float]:
    """Build everything, and return the losses of a step."""
    torch.manual_seed(0)
    model = MODELS.build(config['model'])
    pipeline = Compose(
        [
            dict(type='SiamesePaths', clean=[], noise=config['noise']),
            dict(type='FormatShape', input_format='NCTHW'),
            dict(type='PackActionInputs', meta_keys=('transform_codes',)),
        ]
    )
    for hook in config['hooks']:
        HOOKS.build(hook)
    METRICS.build(config['metric'])
    try:
        return _step(model, pipeline)
    except Exception as error:
        raise ErrorAfterBuild(f'{type(error).__name__}: {error}') from error


def _step(model: torch.nn.Module, pipeline: Compose) -> dict[str, float]:
    video = np.random.default_rng(0).integers(0, 256, (16, 32, 32, 3), np.uint8)
    clip = dict(num_clips=1, clip_len=16, label=0)
    samples = [pipeline(dict(clip, imgs=list(video))) for _ in range(4)]
    data = dict(
        inputs=[sample['inputs'] for sample in samples],
        data_samples=[sample['data_samples'] for sample in samples],
    )
    losses = model(**model.data_preprocessor(data, training=True), mode='loss')
    total, values = model.parse_losses(losses)
    if total.requires_grad:
        total.backward()
    return {name: value.item() for name, value in values.items()}


def judge(outcome: Outcome) -> str:
    """Classify an outcome: 'trained', 'refused' or 'wrong'."""
    if outcome.kind == 'value':
        return 'trained' if all(map(math.isfinite, outcome.value.values())) else 'wrong'
    kind, message = outcome.value if outcome.kind == 'error' else ('ErrorAfterBuild', '')
    return 'refused' if kind != 'ErrorAfterBuild' and message.strip() else 'wrong'
