"""Recognize motions from 5 labeled clips a class; test with 10 clips.

The learning rate was chosen on validation videos
(``tools/experiments/specs/motion_tuning.py``).

From scratch as it stands. Fine-tuning is the same from a checkpoint of the pretraining:
``--cfg-options load_from=CHECKPOINT``. Environment: MOTION_ROOT, a folder made by
``tools/experiments/motion``.
"""

_base_ = ['../_base_/models/vcop-r3d.py', '../_base_/default_runtime.py']

root = '{{$MOTION_ROOT:data/motion}}'

model = dict(
    backbone=dict(base_channels=8),
    cls_head=dict(num_classes=12, in_channels=64),
)

clip = dict(clip_len=16, frame_interval=2)
size = dict(scale=(50, 38), keep_ratio=False)
train_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', num_clips=1, **clip),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', **size),
    dict(type='RandomCrop', size=32),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', num_clips=10, test_mode=True, **clip),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', **size),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]

videos = dict(
    type='CheckedVideoDataset',
    data_prefix=dict(video=f'{root}/videos'),
    num_classes=12,
)
few_videos = dict(
    ann_file=f'{root}/motion_train_5_per_class_videos.txt',
    pipeline=train_pipeline,
    **videos,
)
train_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='EvenBatchSampler'),  # no batch of one video
    # Few long epochs: less time is lost between them.
    dataset=dict(type='RepeatDataset', times=7, dataset=few_videos),
)
test_dataloader = dict(
    batch_size=1,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        ann_file=f'{root}/motion_test_videos.txt',
        pipeline=test_pipeline,
        test_mode=True,
        **videos,
    ),
)
test_evaluator = dict(type='AccMetric')

train_cfg = dict(type='ReproducibleTrainLoop', max_epochs=5)
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=8)

default_hooks = dict(checkpoint=dict(interval=1))
custom_hooks = [dict(type='ChannelsLastHook')]
