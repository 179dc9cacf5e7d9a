"""Pretrain on clips in memory, with the model, paths and losses of a recipe."""

from __future__ import annotations

import numpy as np
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.optim import CosineAnnealingLR, LinearLR, build_optim_wrapper
from torch import nn

from stcr_mmaction.models.heads.training_progress import note_progress
from stcr_mmaction.models.recognizers.recipe import read_recipe

from .clips import Videos
from .sampling import CLIP_LEN, draw_batches, draw_offsets
from .scale import Scale

WARM_UP = 0.05


def pretrain(
    backbone: dict,
    recipe: str,
    videos: Videos,
    stride: int | None,
    scale: Scale,
    seed: int,
    iterations: int,
) -> tuple[nn.Module, dict[str, list[float]]]:
    """Pretrain a backbone without labels.

    Args:
        backbone (dict): Its config.
        recipe (str): Name of a recipe, or its file.
        videos (Videos): Training videos, on the device of the training.
        stride (int, optional): Stride between the frames of a clip, see
            :func:`draw_offsets`.
        scale (Scale): Scale, which sets the sizes of clips and batches.
        seed (int): Random seed.
        iterations (int): Steps of the optimizer.

    Returns:
        tuple: The backbone, and the mean losses of each tenth of the training.
    """
    torch.manual_seed(seed)
    device = videos.frames.device
    model = MODELS.build(_configure(backbone, recipe, scale)).to(device)
    model.backbone.to(memory_format=torch.channels_last_3d)
    optimizer = dict(read_recipe(recipe).optim_wrapper, **scale.optim_wrapper)
    optimizer = build_optim_wrapper(model, optimizer)
    warm_up = max(1, round(WARM_UP * iterations))
    schedulers = [
        LinearLR(optimizer, start_factor=0.1, by_epoch=False, end=warm_up),
        CosineAnnealingLR(optimizer, by_epoch=False, begin=warm_up, end=iterations),
    ]
    random = np.random.default_rng(seed)
    losses: dict[str, list] = {}
    model.train()
    count = len(videos.starts)
    batches = draw_batches(count, scale.batch_size, iterations, random)
    for iteration, numbers in enumerate(batches):
        note_progress(iteration, iterations)
        offsets = draw_offsets(videos.lengths[numbers].cpu(), stride, random)
        clips = videos.read(numbers, offsets.to(device))
        samples = [ActionDataSample() for _ in numbers]
        batch = dict(inputs=list(clips[:, None]), data_samples=samples)
        for name, value in model.train_step(batch, optimizer).items():
            losses.setdefault(name, []).append(value.detach())
        for scheduler in schedulers:
            scheduler.step()
    return model.backbone.eval(), {name: _tenths(found) for name, found in losses.items()}


def _configure(backbone: dict, recipe: str, scale: Scale) -> dict:
    return dict(
        type='STCR',
        backbone=backbone,
        clip_shape=(CLIP_LEN, scale.crop, scale.crop),
        recipe=recipe,
        data_preprocessor=dict(
            type='ActionDataPreprocessor',
            mean=[0, 0, 0],
            std=[255, 255, 255],
            format_shape='NCTHW',
        ),
    )


def _tenths(values: list[torch.Tensor]) -> list[float]:
    parts = np.array_split(torch.stack(values).float().cpu().numpy(), 10)
    return [float(part.mean()) for part in parts if len(part)]
