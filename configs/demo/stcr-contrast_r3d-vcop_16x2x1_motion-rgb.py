"""Pretrain with STCR, contrast and temporal gradients on rendered motions, no labels.

Beyond the paper: the noise path shows changes in time and, as the clean path, colors
mixed at random, so that motion is what the paths have in common; InfoNCE keeps the
features of different videos apart. The paper's flips, rotations and mixup are left out.

Environment: MOTION_ROOT, a folder made by ``tools/experiments/motion``.
"""

_base_ = 'stcr_r3d-vcop_16x2x1_motion-rgb.py'

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

colors = dict(type='RandomColorMatrix')
train_pipeline = [
    *_base_.train_pipeline[:5],
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=32), colors],
        noise=[dict(type='RandomCrop', size=32), colors, dict(type='TemporalGradient')],
    ),
    *_base_.train_pipeline[-2:],
]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))

train_cfg = dict(max_epochs=32, val_interval=8)
optim_wrapper = dict(
    optimizer=dict(_delete_=True, type='AdamW', lr=2e-3, weight_decay=0.01)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, by_epoch=True, convert_to_iter_based=True),
]
auto_scale_lr = dict(base_batch_size=32)

default_hooks = dict(checkpoint=dict(save_best='frozen/retrieval_top1'))
