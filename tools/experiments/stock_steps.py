"""Make one training step of a config, with small frames."""

from __future__ import annotations

import copy
import gc
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from mmaction.registry import MODELS
from mmcv.transforms import Compose
from mmengine.config import Config, ConfigDict
from mmengine.model import BaseModel
from torch.overrides import TorchFunctionMode

from stcr_mmaction.models.recognizers.sizes import probe_maps
from stcr_mmaction.models.recognizers.tap import Tap

PASSED = 'passed'
SIMPLIFICATIONS = """\
- Batches have two rendered videos, of ten classes.
- Frames have 64 pixels (56 with patches of 14; C3D keeps its 112). The position tables of
  TimeSformer, UniFormerV2 and VideoMAE have the size to match.
- Weights are random. SGD has a small learning rate, on the CPU, in float32.
- `PytorchVideoWrapper` is left out: its package is not installed.
- With a †, the train pipeline is made from the test pipeline.

Depth, width, number of frames and the rest are as shipped. Configs that are equal after
these changes were trained once."""
MISSING = 'PytorchVideoWrapper'
FIXED = 'C3D'  # its fully connected layers need a fixed size
VIDEO_LENGTH, VIDEO_HEIGHT, VIDEO_WIDTH = 64, 128, 160


class LinspaceOnCPU(TorchFunctionMode):
    """Runs linspace on the CPU, for models that read its values on the meta device."""

    def __torch_function__(self, function, types, args=(), kwargs=None):  # noqa: ANN001, ANN204
        """Call a function; linspace on the CPU."""
        kwargs = kwargs or {}
        if function is torch.linspace:
            kwargs = {**kwargs, 'device': 'cpu'}
        return function(*args, **kwargs)


def describe(model: ConfigDict) -> tuple[str, tuple[int, ...], int]:
    """Return the tap, the shape of its maps and the number of backbone parameters.

    Shapes are computed on the meta device.
    """
    with torch.device('meta'), LinspaceOnCPU():
        backbone = MODELS.build(_without_weights(model).backbone)
    tap = Tap(backbone, model.get('tap'))
    _, maps = probe_maps(backbone, tap, model.clip_shape)
    parameters = sum(p.numel() for p in backbone.parameters())
    return tap.name, tuple(maps.shape[1:]), parameters


class Steps:
    """Makes training steps; equal models are trained once.

    Args:
        folder (Path): Folder for the data.
    """

    def __init__(self, folder: Path) -> None:
        self.annotations = dict(RGB=list(_videos(folder)), Flow=list(_flows(folder)))
        self.taken = {}

    def take(self, cfg: Config) -> str:
        """Train a config for one step.

        Args:
            cfg (Config): With a train pipeline and a model with ``clip_shape``.

        Returns:
            str: ``'passed'``, or what went wrong.
        """
        dataset = next(_with_pipeline(cfg.train_dataloader.dataset))
        modality = dataset.get('modality', 'RGB')
        model, pipeline = make_small(cfg.model, dataset.pipeline)
        key = json.dumps([model.to_dict(), pipeline, modality], sort_keys=True)
        if key not in self.taken:
            self.taken[key] = self._try(model, pipeline, self.annotations[modality])
        return self.taken[key]

    def _try(
        self, model: ConfigDict, pipeline: list[dict], annotations: list[dict]
    ) -> str:
        try:
            packed = [Compose(pipeline)(copy.deepcopy(a)) for a in annotations]
            data = {key: [sample[key] for sample in packed] for key in packed[0]}
            return _step(MODELS.build(model), data)
        except Exception as error:
            return f'{type(error).__name__}: {error}'.replace('\n', ' ')[:200]
        finally:
            gc.collect()  # frees the model, which has reference cycles


def make_small(
    model: ConfigDict, pipeline: Sequence[dict]
) -> tuple[ConfigDict, list[dict]]:
    """Return the model and pipeline with small frames."""
    model = _without_weights(model)
    backbone = model.backbone
    size = 56 if backbone.get('patch_size') == 14 else 64
    full = model.clip_shape[1]
    size = full if backbone.type == FIXED else size
    model.clip_shape = (model.clip_shape[0], size, size)
    for name in ('img_size', 'input_resolution'):
        if name in backbone:
            backbone[name] = size
    return model, _scale(pipeline, size / full)


def _scale(steps: Sequence[dict], factor: float) -> list[dict]:
    """Scale all sizes in pixels, also within paths."""
    scaled = []
    for step in steps:
        if step['type'] == MISSING:
            continue
        step = dict(step)
        for name in ('scale', 'scale_range', 'size', 'crop_size', 'input_size'):
            if name in step:
                step[name] = _scaled(step[name], factor)
        for name in {'clean', 'noise'} & set(step):
            step[name] = _scale(step[name], factor)
        scaled.append(step)
    return scaled


def _scaled(size: int | Sequence[int], factor: float) -> int | tuple[int, ...]:
    if isinstance(size, (list, tuple)):
        return tuple(_scaled(entry, factor) for entry in size)
    return size if size == -1 else round(size * factor)


def _without_weights(model: ConfigDict) -> ConfigDict:
    """Remove downloads, and set a small number of classes."""
    model = copy.deepcopy(model)
    for part in (model.backbone, model.cls_head):
        for name in ('pretrained', 'channel_map'):
            if name in part:
                part[name] = None
        part.pop('init_cfg', None)
    model.cls_head.num_classes = 10
    return model


def _step(recognizer: BaseModel, data: dict) -> str:
    """Make a training step, and check the gradients."""
    recognizer.train()
    optimizer = torch.optim.SGD(recognizer.parameters(), lr=1e-6)
    batch = recognizer.data_preprocessor(data, training=True)
    total, figures = recognizer.parse_losses(recognizer(**batch, mode='loss'))
    total.backward()
    grads = [p.grad for p in recognizer.parameters() if p.grad is not None]
    finite = all(grad.isfinite().all() for grad in grads)
    optimizer.step()
    optimizer.zero_grad()
    head = recognizer.consistency_head
    terms = {'cls', 'temporal', *head.auxiliary_losses}
    terms |= {'channel'} if head.loss_channel else set()
    terms |= {'motion'} if recognizer.motion_head else set()
    missing = {f'loss_{term}' for term in terms} - set(figures)
    if missing:
        return f'no {", ".join(sorted(missing))}'
    return PASSED if finite and grads else 'gradients are not finite'


def _with_pipeline(dataset: ConfigDict) -> Iterator[ConfigDict]:
    if 'pipeline' in dataset:
        yield dataset
    for part in dataset.get('datasets', []):
        yield from _with_pipeline(part)


def _frames(seed: int) -> Iterator[np.ndarray]:
    """Yield frames of moving noise, (H, W, 3), uint8."""
    noise = np.random.default_rng(seed).integers(0, 256, (16, 20, 3), dtype=np.uint8)
    still = cv2.resize(noise, (VIDEO_WIDTH, VIDEO_HEIGHT))
    for shift in range(VIDEO_LENGTH):
        yield np.roll(still, shift * (seed + 1), axis=1)


def _videos(folder: Path) -> Iterator[dict]:
    for label in (0, 1):
        path = folder / f'{label}.mp4'
        size = VIDEO_WIDTH, VIDEO_HEIGHT
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), 25, size)
        for frame in _frames(label):
            writer.write(frame)
        writer.release()
        yield dict(filename=str(path), label=label, start_index=0, modality='RGB')


def _flows(folder: Path) -> Iterator[dict]:
    """Write two components of flow as gray images, as MMAction2 reads them."""
    for label in (0, 1):
        frames = folder / f'flow_{label}'
        frames.mkdir()
        for number, frame in enumerate(_frames(label), start=1):
            for component, channel in zip('xy', (0, 1), strict=True):
                path = frames / f'{component}_{number:05}.jpg'
                cv2.imwrite(str(path), frame[..., channel])
        yield dict(
            frame_dir=str(frames),
            total_frames=VIDEO_LENGTH,
            filename_tmpl='{}_{:05}.jpg',
            label=label,
            start_index=1,
            modality='Flow',
        )
