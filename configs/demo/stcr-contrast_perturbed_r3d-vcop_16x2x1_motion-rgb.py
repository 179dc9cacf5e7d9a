"""Pretrain with the paper's perturbations under contrast on rendered motions, no labels.

Beyond the paper: InfoNCE keeps the features of different videos apart, and both paths
mix their colours at random. The noise path is the paper's but for that. For comparisons
of perturbations; ``stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py`` is recommended.

Environment: MOTION_ROOT, a folder made by ``tools/data/motion/render.py``.
"""

_base_ = 'stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'

colours = dict(type='RandomColourMatrix')
train_pipeline = [
    *_base_.train_pipeline[:5],
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=32), colours],
        noise=[
            dict(type='RandomCrop', size=32),
            dict(type='SpatioTemporalTransform'),
            dict(type='IntraVideoMixup'),
            colours,
        ],
    ),
    *_base_.train_pipeline[-2:],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
