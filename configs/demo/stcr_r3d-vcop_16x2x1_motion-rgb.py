"""Pretrain with STCR on rendered motions, without labels.

Environment: MOTION_ROOT, a folder made by ``tools/data/motion/render.py``.
"""

_base_ = [
    '../_base_/models/vcop-r3d.py',
    '../_base_/datasets/siamese.py',
    '../_base_/pretraining_runtime.py',
]

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
    *_base_.train_pipeline[-2:],
]
train_dataloader = dict(
    batch_size=16,
    num_workers=1,
    dataset=dict(
        ann_file=f'{root}/motion_train_videos.txt',
        data_prefix=dict(video=f'{root}/videos'),
        pipeline=train_pipeline,
    ),
)

train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=6)
optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=5e-4),
)
param_scheduler = [
    dict(type='CosineAnnealingLR', by_epoch=True, convert_to_iter_based=True)
]
auto_scale_lr = dict(enable=False, base_batch_size=16)

default_hooks = dict(checkpoint=dict(interval=1), logger=dict(interval=10))
