"""Pretrain with STCR, contrast and the paper's transformation on rendered motions.

As ``stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py``, which says what is beyond the paper,
but the noise path is flipped and rotated as in the paper, and it is the clean path that
shows changes in time: fine-tuning on temporal gradients sees them neither flipped nor
rotated. Environment: MOTION_ROOT, a folder made by ``tools/experiments/motion``.
"""

_base_ = 'stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'

colors = dict(type='RandomColorMatrix')
train_pipeline = [
    *_base_.train_pipeline[:5],
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=32), colors, dict(type='TemporalGradient')],
        noise=[
            dict(type='RandomCrop', size=32),
            dict(type='SpatioTemporalTransform'),
            colors,
        ],
    ),
    *_base_.train_pipeline[-2:],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
