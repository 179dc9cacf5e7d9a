"""Pretrain with STCR on rendered motions, without labels.

Validated and tested by the neighbors of frozen features, each video among all others.
Environment: MOTION_ROOT, a folder made by ``tools/experiments/motion``.
"""

_base_ = ['../_base_/models/vcop-r3d.py', '../_base_/default_runtime.py']

root = '{{$MOTION_ROOT:data/motion}}'

model = dict(
    type='STCR',
    backbone=dict(base_channels=8),
    cls_head=None,
    consistency_head=dict(type='STCRHead', in_channels=64, temporal_size=2),
)

train_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=1),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(50, 38), keep_ratio=False),
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=32)],
        noise=[
            dict(type='RandomCrop', size=32),
            dict(type='SpatioTemporalTransform'),
            dict(type='IntraVideoMixup'),
        ],
    ),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(
        type='PackActionInputs',
        meta_keys=(
            'img_shape',
            'img_key',
            'video_id',
            'timestamp',
            'transform_codes',
            'mixup_weights',
            'mixup_frames',
        ),
    ),
]
eval_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=2, test_mode=True),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(50, 38), keep_ratio=False),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
videos = dict(
    type='CheckedVideoDataset',
    data_prefix=dict(video=f'{root}/videos'),
)
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=True),
    batch_sampler=dict(type='EvenBatchSampler'),  # no batch of one video
    dataset=dict(
        ann_file=f'{root}/motion_train_videos.txt',
        pipeline=train_pipeline,
        # A damaged video is replaced by another one; DamagedVideosHook reports it.
        on_error='replace',
        **videos,
    ),
)
evaluation = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
)
val_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/motion_val_videos.txt',
        pipeline=eval_pipeline,
        test_mode=True,
        **videos,
    ),
    **evaluation,
)
test_dataloader = dict(
    dataset=dict(
        ann_file=f'{root}/motion_test_videos.txt',
        pipeline=eval_pipeline,
        test_mode=True,
        **videos,
    ),
    **evaluation,
)
val_evaluator = dict(type='FrozenFeatureMetric')
test_evaluator = val_evaluator

train_cfg = dict(type='ReproducibleTrainLoop', max_epochs=6, val_interval=3)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=16)

default_hooks = dict(checkpoint=dict(interval=1), logger=dict(interval=10))
custom_hooks = [dict(type='CollapseMonitorHook'), dict(type='ChannelsLastHook')]
