"""Pretrain with STCR, contrast and temporal gradients on rendered motions, no labels.

Beyond the paper: the noise path shows changes in time and, as the clean path, colours
mixed at random, so that motion is what the paths have in common; InfoNCE keeps the
features of different videos apart. The paper's flips, rotations and mixup are left out.
Validates by nearest neighbours of frozen features. Environment: MOTION_ROOT, a folder
made by ``tools/data/motion/render.py``.
"""

_base_ = 'stcr_r3d-vcop_16x2x1_motion-rgb.py'

root = '{{$MOTION_ROOT:data/motion}}'

model = dict(
    consistency_head=dict(
        pooling='mean',
        loss_temporal=dict(type='TemporalWiseLoss', loss_weight=0.1),
        loss_channel=None,
        auxiliary_losses=dict(
            contrast=dict(
                type='InfoNCELoss',
                temperature=0.1,
                projector=dict(
                    type='ProjectionMLP',
                    in_channels=128,  # C' * T'
                    hidden_channels=128,
                    out_channels=64,
                ),
            )
        ),
    )
)

colours = dict(type='RandomColourMatrix')
train_pipeline = [
    *_base_.train_pipeline[:5],
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=32), colours],
        noise=[dict(type='RandomCrop', size=32), colours, dict(type='TemporalGradient')],
    ),
    *_base_.train_pipeline[-2:],
]
val_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, num_clips=2, test_mode=True),
    dict(type='CheckVideoLength'),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(50, 38), keep_ratio=False),
    dict(type='CenterCrop', crop_size=32),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(
    batch_size=8,
    num_workers=1,
    persistent_workers=True,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CheckedVideoDataset',
        ann_file=f'{root}/motion_val_videos.txt',
        data_prefix=dict(video=f'{root}/videos'),
        pipeline=val_pipeline,
        test_mode=True,
    ),
)
val_evaluator = dict(type='FrozenFeatureMetric', topk=(1, 5))

train_cfg = dict(max_epochs=32, val_interval=8)
val_cfg = dict(type='ValLoop')
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.01)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, by_epoch=True, convert_to_iter_based=True),
]
auto_scale_lr = dict(base_batch_size=32)

default_hooks = dict(checkpoint=dict(save_best='frozen/retrieval_top1'))
