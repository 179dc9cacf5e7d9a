"""Pretrain with the paper's perturbations under contrast on rendered motions, no labels.

Beyond the paper: InfoNCE keeps the features of different videos apart, both paths mix
their colours at random, and the clean path shows changes in time, so that motion is what
the paths have in common. The noise path is perturbed as in the paper. For comparisons of
perturbations; ``stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py`` is recommended.

Environment: MOTION_ROOT, a folder made by ``tools/data/motion/render.py``.
"""

_base_ = 'stcr-contrast_r3d-vcop_16x2x1_motion-rgb.py'

colours = dict(type='RandomColourMatrix')
train_pipeline = [
    *_base_.train_pipeline[:5],
    dict(
        type='SiamesePaths',
        clean=[dict(type='RandomCrop', size=32), colours, dict(type='TemporalGradient')],
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
