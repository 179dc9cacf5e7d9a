"""Time augmentations, and both paths of a recipe, against a copy of their output."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmaction.structures import ActionDataSample
from mmengine.dataset import Compose, pseudo_collate

from stcr_mmaction.functional import PixelScale, RandomNumbers
from stcr_mmaction.models.recognizers.recipe import RECIPES, blend_paths, read_recipe

from .timing import Row, compare, one_thread

AUGMENTATIONS = (
    *('SpatioTemporalTransform', 'IntraVideoMixup', 'RandomColorMatrix'),
    *('TemporalGradient', 'SpatialGaussianNoise', 'RandomClipFlip'),
    *('VideoMixup', 'InterVideoMixup', 'VideoCutMix'),
)
DECODED, CLIP = (16, 128, 171), (16, 112, 112)
SCALE = dict(mean=[0, 0, 0], std=[255, 255, 255])


def compare_augmentations(device: str) -> Iterator[Row]:
    """Time drawing and applying each augmentation, against a copy of the clips."""
    for count in (16, 64):
        clips = torch.rand(count, 3, *CLIP, device=device)
        for name in AUGMENTATIONS:
            yield compare(
                (name, 'torch.clone'),
                _augment(name, clips),
                clips.clone,
                _aim(name, count, device),
                30 if count == 16 else 10,
                f'{count} clips, {_shape(CLIP)}, float32',
                device,
            )


def _augment(name: str, clips: torch.Tensor) -> Callable:
    augmentation = TRANSFORMS.build(dict(type=name))
    scale, seeds = PixelScale.of(**SCALE), np.arange(len(clips))
    shape = tuple(clips.shape[1:])

    def augment() -> None:
        drawn = augmentation.draw(RandomNumbers(seeds, 1), shape)
        augmentation.apply(clips, drawn, scale)

    return augment


def _aim(name: str, count: int, device: str) -> float:
    if device == 'cpu':
        return 1.5 if name in ('SpatioTemporalTransform', 'IntraVideoMixup') else 4
    return 2 if count == 64 else 4


def compare_recipes(device: str) -> Iterator[Row]:
    """Time both paths of a recipe on decoded clips, against a copy of both paths."""
    for name in RECIPES:
        blending = MODELS.build(blend_paths(read_recipe(name).recipe, CLIP) | SCALE)
        for count in (16, 64):
            clips = torch.rand(count, 1, 3, *DECODED, device=device)
            paths = torch.rand(count, 2, 3, *CLIP, device=device)
            yield compare(
                (f"both paths of recipe '{name}'", 'torch.clone of both'),
                lambda blending=blending, clips=clips: blending(clips, _samples(clips)),
                paths.clone,
                6,
                10,
                f'{count} clips, {_shape(DECODED)} to {_shape(CLIP)}, float32',
                device,
            )


def _samples(clips: torch.Tensor) -> list[ActionDataSample]:
    return [ActionDataSample() for _ in clips]


def compare_routes(device: str) -> Iterator[Row]:
    """Time both paths made from a batch, against both paths made in the pipeline."""
    frames = np.random.default_rng(0).integers(0, 256, (*DECODED, 3), np.uint8)
    for name in RECIPES:
        blending = blend_paths(read_recipe(name).recipe, CLIP)
        siamese = dict(blending, type='SiamesePaths')
        with one_thread():
            yield compare(
                (f"recipe '{name}' by SiameseBlending", 'by SiamesePaths'),
                _make_batches([], blending | SCALE, list(frames), device),
                _make_batches([siamese], None, list(frames), device),
                1.0,
                20,
                f'8 clips, {_shape(DECODED)}, uint8, to normalized {_shape(CLIP)}',
                device,
            )


def _make_batches(
    paths: list[dict], blending: dict | None, frames: list[np.ndarray], device: str
) -> Callable:
    """Return a function that makes a training batch from decoded frames."""
    ending = [
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs', meta_keys=('img_shape',)),
    ]
    pipeline = Compose([TRANSFORMS.build(config) for config in [*paths, *ending]])
    config = dict(type='ActionDataPreprocessor', format_shape='NCTHW', **SCALE)
    preprocessor = MODELS.build(dict(config, blending=blending)).to(device)
    decoded = dict(imgs=frames, img_shape=DECODED[1:], num_clips=1, clip_len=16, label=0)

    def make_batch() -> None:
        samples = [pipeline(dict(decoded)) for _ in range(8)]
        preprocessor(pseudo_collate(samples), training=True)

    return make_batch


def _shape(clip: tuple[int, ...]) -> str:
    return 'x'.join(map(str, clip))
