"""Every pretext head trains by the real tool, and beats chance on videos it never saw.

The videos have an order and a direction: a disc grows once, below a sky that is brighter
than the ground. (The motion data set has neither by construction: positions and sizes
wrap around, and what rises in one class falls in another.)
"""

import cv2
import numpy as np
import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.runner import load_checkpoint

from .test_train_and_test import OURS, ROOT, run

TRAIN, TEST = 128, 96
SIZE, NUM_FRAMES = 64, 40

CONFIG = f"""
_base_ = '{ROOT}/configs/demo/stcr_r3d-vcop_16x2x1_motion-rgb.py'

model = dict(
    consistency_head=CONSISTENCY,
    pretext_head=dict(in_channels=64, dropout_ratio=0.1, HEAD))
crop = dict(type='RandomCrop', size=32)
train_pipeline = [
    dict(type='DecordInit'),
    SAMPLING
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(38, 38), keep_ratio=False),
    PATHS
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('transform_codes', 'KEY'))]
videos = dict(data_prefix=dict(video='.'), pipeline=train_pipeline)
train_dataloader = dict(
    batch_size=16, num_workers=0, persistent_workers=False,
    dataset=dict(ann_file='train.txt', **videos))
val_cfg = val_dataloader = val_evaluator = None
test_cfg = test_dataloader = test_evaluator = None
train_cfg = dict(max_epochs=10, val_interval=99)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=3e-3, weight_decay=0.01))
custom_hooks = [dict(type='PretextLabelsHook')]
default_hooks = dict(checkpoint=dict(interval=10))
"""
CLIPS = "dict(type='SampleClipTuple', clip_len=8, clip_gap=4),"
CLIP = "dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=1),"
STT = "dict(type='SpatioTemporalTransform', codes={})"
ALL_CODES = STT.format('range(16)')

# Head, sampling, label, transformation of the plain method, chance.
TASKS = dict(
    clip_order=(
        "type='ClipOrderHead', hidden_channels=64",
        f"{CLIPS} dict(type='ShuffleClips'),",
        'clip_order',
        None,
        1 / 6,
    ),
    clip_verification=(
        "type='ClipVerificationHead', hidden_channels=64",
        f"{CLIPS} dict(type='ShuffleClips', task='verification', in_order_prob=0.5),",
        'clips_in_order',
        None,
        1 / 2,
    ),
    frame_verification=(
        "type='FrameVerificationHead'",
        f"{CLIP} dict(type='ShuffleFrames', in_order_prob=0.5),",
        'frames_in_order',
        None,
        1 / 2,
    ),
    arrow_of_time=(
        "type='ArrowOfTimeHead'",
        CLIP,
        'transform_codes',
        STT.format('(0, 8)'),
        1 / 2,
    ),
    transform_code=(
        "type='TransformCodeHead'",
        CLIP,
        'transform_codes',
        ALL_CODES,
        1 / 16,
    ),
    rotation=(
        "type='TransformCodeHead', target='rotation'",
        CLIP,
        'transform_codes',
        STT.format('(0, 1, 2, 3)'),
        1 / 4,
    ),
)


def make_config(task, combined):
    head, sampling, key, transformation, _ = TASKS[task]
    size = 1 if CLIPS in sampling else 2
    consistency = f'dict(temporal_size={size})' if combined else 'None'
    paths = f'crop, {transformation},' if transformation else 'crop,'
    if combined:
        noise = f"[crop, {ALL_CODES}, dict(type='IntraVideoMixup')]"
        paths = f"dict(type='SiamesePaths', clean=[crop], noise={noise}),"
    parts = dict(
        CONSISTENCY=consistency, HEAD=head, SAMPLING=sampling, PATHS=paths, KEY=key
    )
    config = CONFIG
    for name, text in parts.items():
        config = config.replace(name, text)
    return config


def render(path, rng):
    """A disc that grows to a size of its own, and drifts, over a still scene."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    sky = np.where(rows < rng.integers(22, 42), 110, 30)
    scene = sky[..., None] + rng.uniform(0, 60, 3) + rng.normal(0, 8, (SIZE, SIZE, 3))
    color = rng.uniform(130, 255, 3)
    center, drift = rng.uniform(24, 40, 2), rng.uniform(-0.15, 0.15, 2)
    last = rng.uniform(18, 26)
    fourcc = cv2.VideoWriter_fourcc(*'mp4v')
    writer = cv2.VideoWriter(str(path), fourcc, 25, (SIZE, SIZE))
    for number in range(NUM_FRAMES):
        y, x = center + drift * number
        radius = 4 + (last - 4) * number / NUM_FRAMES
        inside = (rows - y) ** 2 + (columns - x) ** 2 < radius**2
        frame = np.where(inside[..., None], color, scene)
        writer.write(frame.clip(0, 255).astype(np.uint8))
    writer.release()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp('pretext')
    rng = np.random.default_rng(0)
    for part, count in (('train', TRAIN), ('test', TEST)):
        names = [f'{part}_{number}.mp4' for number in range(count)]
        for name in names:
            render(path / name, rng)
        (path / f'{part}.txt').write_text('\n'.join(names))
    return path


@torch.no_grad()
def measure(folder, task, name):
    """Accuracy on the videos of the test, each drawn from several times."""
    cfg = Config.fromfile(folder / f'{name}.py')
    model = MODELS.build(cfg.model).eval()
    load_checkpoint(model, str(folder / name / 'epoch_10.pth'), 'cpu', strict=True)
    dataset = cfg.train_dataloader.dataset
    dataset.update(ann_file=str(folder / 'test.txt'), data_prefix=dict(video=str(folder)))
    dataset = DATASETS.build(dataset)
    right = []
    for _ in range(2):
        batch = pseudo_collate([dataset[number] for number in range(TEST)])
        losses = model(**model.data_preprocessor(batch), mode='loss')
        right.append(losses[f'acc_{task}'].item())
    return np.mean(right)


@pytest.mark.slow
@pytest.mark.parametrize('combined', [False, True], ids=['alone', 'with STCR'])
@pytest.mark.parametrize('task', TASKS)
def test_it_beats_chance_on_new_videos(folder, task, combined):
    name = f'{task}_{"stcr" if combined else "alone"}'
    (folder / f'{name}.py').write_text(make_config(task, combined))
    run(OURS / 'train.py', f'{name}.py --work-dir {name} --seed 0', folder)
    chance = TASKS[task][-1]
    accuracy = measure(folder, task, name)
    print(f'{name}: {accuracy:.3f}, chance {chance:.3f}')
    assert accuracy > chance + 5 * np.sqrt(chance * (1 - chance) / (2 * TEST))
