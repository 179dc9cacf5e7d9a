"""The configs of a run: ordinary configs, which MMAction2's tools can train and test."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config

from ...models.recognizers.recipe import PLACE, RECIPES, read_recipe
from .networks import (
    CLIP_LEN,
    SIZES,
    Size,
    backbone_config,
    count_channels,
    preprocessor_config,
)
from .plan import WHOLE, Plan
from .prepared import PREPARED

RUNTIME = 'stcr_mmaction::_base_/default_runtime.py'
HERE = '{{ fileDirname }}'
"""mmengine replaces this by the folder of the config, so that a run can be moved."""
OWN_RECIPE = 'recipe.py'
"""A copy of the user's recipe, beside the config."""
VAL_CLIPS = 1
"""Clips of a video in validation."""
TEST_BATCH = 4
"""Videos in a batch."""
FINETUNE_BATCH = 16
MAX_DAMAGED = 0.2
"""Share of samples that may be replaced: in a small set, one damaged video is a lot."""
GPU = dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale=1)


def pretraining_config(
    asked: Mapping[str, Any], plan: Plan, root: Path, on_gpu: bool, labeled: bool
) -> dict:
    """Make the config of pretraining.

    Args:
        asked (Mapping[str, Any]): ``backbone``, ``recipe``, ``init``, ``seed`` and
            ``prepare``.
        plan (Plan): The chosen settings.
        root (Path): Folder of the videos in ``videos.txt``, which is in the folder of the
            config.
        on_gpu (bool): Whether to train on a GPU.
        labeled (bool): Whether ``labeled.txt`` is there too. Frozen features are then
            evaluated during training.

    Returns:
        dict: The config, which inherits from the recipe.
    """
    size, recipe = SIZES[plan['size'].value], asked['recipe']
    hooks = list(read_recipe(recipe).get('custom_hooks') or [])
    known = recipe in RECIPES
    stride = plan['stride'].value
    config = dict(
        _base_=[PLACE.format(recipe) if known else OWN_RECIPE, RUNTIME],
        model=dict(
            type='STCR',
            backbone=backbone_config(asked['backbone'], size),
            clip_shape=(CLIP_LEN, size.crop, size.crop),
            recipe=recipe if known else f'{HERE}/{OWN_RECIPE}',
            cls_head=None,
            data_preprocessor=preprocessor_config(asked['backbone']),
        ),
        train_dataloader=dict(
            _loader(plan['batch_size'].value, plan['workers'].value, shuffle=True),
            dataset=dict(
                type='CheckedVideoDataset',
                on_error='replace',
                ann_file=f'{HERE}/videos.txt',
                data_prefix=_data_prefix(asked, str(root)),
                pipeline=train_pipeline(size, stride, crop=False),
            ),
        ),
        train_cfg=dict(max_epochs=plan['epochs'].value),
        optim_wrapper=dict(
            optimizer=dict(lr=plan['lr'].value), **(GPU if on_gpu else {})
        ),
        custom_hooks=[*hooks, dict(type='ChannelsLastHook')],
        default_hooks=dict(
            checkpoint=dict(interval=1), damaged=dict(max_share=MAX_DAMAGED)
        ),
        load_from=f'{HERE}/init.pth' if asked['init'] else None,
        randomness=dict(seed=asked['seed']),
        work_dir=f'{HERE}/pretrain',
    )
    if labeled:
        config |= _frozen_validation(size, plan, _data_prefix(asked))
    return config


def finetuning_config(
    run: Mapping[str, Any],
    name: str,
    classes: int,
    videos: int,
    epochs: int | None,
    start: str,
    tested: str,
) -> dict:
    """Make the config of a classifier.

    Args:
        run (Mapping[str, Any]): ``settings`` and ``chosen`` of the pretraining.
        name (str): Name of its folder, next to the config, with its lists.
        classes (int): Number of classes.
        videos (int): Number of training videos.
        epochs (int, optional): None: depends on the number of videos.
        start (str): Checkpoint to start from; ``''``: random weights.
        tested (str): The list to test on: ``'val'``, or ``'test'`` if there is a
            ``test.txt``.

    Returns:
        dict: The config.
    """
    asked, chosen = run['settings'], run['chosen']
    size, stride = SIZES[chosen['size']], chosen['stride']
    each = -(-videos // FINETUNE_BATCH)
    epochs = epochs or -(-size.finetune_iterations // each)
    backbone = backbone_config(asked['backbone'], size)
    prefix = _data_prefix(asked)
    data = dict(type='CheckedVideoDataset', num_classes=classes, data_prefix=prefix)
    val = dict(data, ann_file=f'{HERE}/{name}/val.txt', test_mode=True)
    test = dict(val, ann_file=f'{HERE}/{name}/{tested}.txt')
    train = dict(data, ann_file=f'{HERE}/{name}/train.txt', on_error='replace')
    loader = _loader(TEST_BATCH, chosen['workers'], shuffle=False)
    optimizer = dict(type='AdamW', lr=size.finetune_lr, weight_decay=0.01)
    wrapper = GPU if chosen['on_gpu'] else dict(type='OptimWrapper')
    return dict(
        _base_=[RUNTIME],
        model=dict(
            type='Recognizer3D',
            backbone=backbone,
            cls_head=dict(
                type='I3DHead',
                num_classes=classes,
                in_channels=count_channels(backbone, size.crop),
                spatial_type='avg',
                dropout_ratio=0,
                average_clips='prob',
            ),
            data_preprocessor=preprocessor_config(asked['backbone']),
        ),
        train_dataloader=dict(
            _loader(min(FINETUNE_BATCH, videos), chosen['workers'], shuffle=True),
            dataset=dict(train, pipeline=train_pipeline(size, stride, crop=True)),
        ),
        val_dataloader=dict(
            loader, dataset=dict(val, pipeline=test_pipeline(size, stride, VAL_CLIPS))
        ),
        test_dataloader=dict(
            loader,
            dataset=dict(test, pipeline=test_pipeline(size, stride, chosen['clips'])),
        ),
        val_evaluator=dict(
            type='AccMetric',
            metric_list=('top_k_accuracy',),
            metric_options=dict(
                top_k_accuracy=dict(topk=(1, 5) if classes > 5 else (1,))
            ),
        ),
        test_evaluator=dict(type='AccMetric'),
        train_cfg=dict(
            type='ReproducibleTrainLoop',
            max_epochs=epochs,
            val_begin=1,
            val_interval=max(1, epochs // 5),
        ),
        val_cfg=dict(type='ValLoop'),
        test_cfg=dict(type='TestLoop'),
        optim_wrapper=dict(wrapper, optimizer=optimizer),
        param_scheduler=[
            dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)
        ],
        custom_hooks=[dict(type='ChannelsLastHook')],
        default_hooks=dict(
            checkpoint=dict(interval=max(1, epochs // 5)),
            damaged=dict(max_share=MAX_DAMAGED),
        ),
        load_from=start or None,
        randomness=dict(seed=asked['seed']),
        work_dir=f'{HERE}/{name}',
    )


def write_config(config: dict, path: Path, header: list[str]) -> None:
    """Write a config with a header of comment lines."""
    head = ''.join(f'# {line}\n' for line in header)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + Config(config).pretty_text)


def train_pipeline(size: Size, stride: int | str, crop: bool) -> list[dict]:
    """Return a training pipeline; without a crop, each path crops by itself."""
    own = [dict(type='RandomCrop', size=size.crop), dict(type='Flip', flip_ratio=0.5)]
    return _pipeline(size, _sample(stride, 1, test=False), own if crop else [])


def test_pipeline(size: Size, stride: int | str, clips: int) -> list[dict]:
    """Return a test pipeline with this number of clips for each video."""
    crop = [dict(type='CenterCrop', crop_size=size.crop)]
    return _pipeline(size, _sample(stride, clips, test=True), crop)


def _pipeline(size: Size, sample: dict, crop: list[dict]) -> list[dict]:
    return [
        dict(type='DecordInit'),
        sample,
        dict(type='DecordDecode'),
        dict(type='Resize', scale=size.scale, keep_ratio=False),
        *crop,
        dict(type='FormatShape', input_format='NCTHW'),
        dict(type='PackActionInputs'),
    ]


def _sample(stride: int | str, clips: int, test: bool) -> dict:
    if stride == WHOLE:
        return dict(type='UniformSample', clip_len=CLIP_LEN, num_clips=1, test_mode=test)
    return dict(
        type='SampleFrames',
        clip_len=CLIP_LEN,
        frame_interval=stride,
        num_clips=clips,
        out_of_bound_opt='repeat_last',
        test_mode=test,
    )


def _loader(batch_size: int, workers: int, shuffle: bool) -> dict:
    even = dict(batch_sampler=dict(type='EvenBatchSampler')) if shuffle else {}
    return dict(
        batch_size=batch_size,
        num_workers=workers,
        persistent_workers=workers > 0,
        sampler=dict(type='DefaultSampler', shuffle=shuffle),
        **even,
    )


def _data_prefix(asked: Mapping[str, Any], otherwise: str = '') -> dict:
    """Return the folder of relative paths in lists; absolute paths stay as they are."""
    return dict(video=f'{HERE}/{PREPARED}' if asked.get('prepare') else otherwise)


def _frozen_validation(size: Size, plan: Plan, prefix: dict) -> dict:
    """Evaluate frozen features by nearest neighbors, about ten times in a training."""
    dataset = dict(
        type='CheckedVideoDataset',
        ann_file=f'{HERE}/labeled.txt',
        data_prefix=prefix,
        pipeline=test_pipeline(size, plan['stride'].value, VAL_CLIPS),
        test_mode=True,
    )
    loader = _loader(TEST_BATCH, plan['workers'].value, shuffle=False)
    epochs = plan['epochs'].value
    return dict(
        val_dataloader=dict(loader, dataset=dataset),
        val_evaluator=dict(
            type='FrozenFeatureMetric', topk=(1,), knn=None, linear_probe=False
        ),
        val_cfg=dict(type='ValLoop'),
        train_cfg=dict(max_epochs=epochs, val_begin=1, val_interval=max(1, epochs // 10)),
    )
